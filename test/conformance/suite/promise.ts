import { inspect } from 'node:util';
import { expect } from 'vitest';
import { inventedLines, lakeDifferences, lakeKeys, noDifferences } from '../../support/lake/lake-differences.ts';
import type { LiveSummary, Scene } from '../../support/run/scene.ts';

/** The lake holds every row once, newest, in its own date, as the vendor wrote it, and nothing else. */
export async function expectExactLake(scene: Scene): Promise<void> {
  expect(await lakeDifferences(scene)).toEqual(noDifferences);
}

/**
 * Whatever the last run came to: no row twice, none in another date, none that the vendor never showed. Rows may be missing, and
 * older than the vendor's.
 */
export async function expectNothingWrong(scene: Scene): Promise<void> {
  const { doubled, misplaced, unexpected } = await lakeDifferences(scene);
  const invented = await inventedLines(scene);

  expect({ doubled, misplaced, unexpected, invented }).toEqual({
    doubled: [],
    misplaced: [],
    unexpected: [],
    invented: [],
  });
}

/** How far a scene was read when its vendor was well: rows that began after `readTo`, and before `watermark`, were not there yet. */
export interface ReadBefore {
  readonly readTo: number;
  readonly watermark: number;
}

/** Every row below the watermark, but for what is left of a history, is in the lake; of streams with versions, in a version no older than the watermark. */
export async function expectNothingBelowWatermark(
  scene: Scene,
  { watermark = Number.NEGATIVE_INFINITY, history }: Pick<LiveSummary, 'watermark' | 'history'>,
  before: ReadBefore = { readTo: watermark, watermark },
): Promise<void> {
  const keys = await lakeKeys(scene);
  const isUnread = ({
    key,
    time,
    version,
    line,
  }: {
    key: string | undefined;
    time: number;
    version?: string;
    line: string;
  }) => {
    const at = version === undefined ? time : Date.parse(version);
    const wasThere = at < before.readTo || at >= before.watermark;
    if (history && time >= history.from && time < history.to) return false;
    // A row without a key has no detail that could be asked for.
    return wasThere && at < watermark && !keys.has(key ?? line) && !(scene.details && key === undefined);
  };

  expect([...scene.world.current()].filter(isUnread)).toEqual([]);
}

/** A shorter value of a query is not a secret, and may well be part of a sentence. */
const SHORTEST_SECRET = 20;

/** Neither the credential nor what requests asked for, a cursor least of all, shows in an error or its causes. */
export function expectNoSecret(scene: Scene, error: unknown): void {
  const text = inspect(error, { depth: 9, showHidden: true });
  const asked = scene.simulator.stats(scene.stream).lastRequests.flatMap(({ query }) => Object.values(query));
  const secrets = [scene.simulator.apiKey, ...asked.filter((value) => value.length >= SHORTEST_SECRET)];

  expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
}
