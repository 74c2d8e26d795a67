import { expect } from 'vitest';
import { streamDefinition } from '../../../contract/streams.ts';
import { HOUR_MS } from '../../support/durations.ts';
import { lakeLines } from '../../support/run/live-export.ts';
import type { Scene } from '../../support/run/scene.ts';
import type { Proof, SourceCase } from './source-case.ts';

interface Twin {
  /** How far behind the row it comes in a list that is sorted by time. */
  readonly behindMs: number;
  readonly content: 'the same' | 'other';
}

/** The list shows a row twice that every run reads again. Its key. */
function putTwin({ world, stream, now }: Scene, { behindMs, content }: Twin): string {
  const byVersion = streamDefinition(stream).version !== undefined;
  const rows = [...world.current()].filter(({ key, time }) => key && (byVersion || isBetween(now() - time, 4, 7)));
  const row = rows.toSorted((a, b) => Date.parse(b.version ?? '0') - Date.parse(a.version ?? '0'))[0];
  if (!row?.key) throw new Error('no row to be shown twice');
  const text = content === 'other' ? row.line.replace(/\}$/, ',"twin":true}') : row.line;
  world.put(text, { key: `twin of ${row.key}`, time: row.time + behindMs });
  return row.key;
}

function isBetween(ms: number, fromHours: number, toHours: number): boolean {
  return ms > fromHours * HOUR_MS && ms < toHours * HOUR_MS;
}

/** One row of the lake stands for both, and reading them again and again writes nothing. */
function twinsAreOneRow(twin: Twin): Proof {
  return async (scene) => {
    const key = putTwin(scene, twin);
    // What is new is read in another order than what is read again, so that another one may come last.
    const [first, second, ...others] = [await scene.run(), await scene.run(), await scene.run(), await scene.run()];

    for (const summary of [first, second, ...others]) expect(summary?.outcome).toBe('caught up');
    const lines = await lakeLines(scene.lake, streamDefinition(scene.stream).table);
    expect(lines.filter(({ line }) => line.includes(`"${key}"`))).toHaveLength(1);
    expect(others.map(({ objects }) => objects)).toEqual([[], []]);
    expect(others.every(({ rows }) => rows.read > 1)).toBe(true);
    scene.world.reset();
  };
}

const places = [
  ['on one page', 0],
  ['on pages far apart', 3 * HOUR_MS],
] as const;

/** A list may hold one id twice, as Crescendo's does. */
export const twinCases: readonly SourceCase[] = places.flatMap(([place, behindMs]) =>
  (['the same', 'other'] as const).map((content) => ({
    name: `a key that the list shows twice ${place}, with ${content} content`,
    why: 'the one that came last counts, and an object that holds it need not be written in every run',
    configuration: { concurrency: 1 },
    prove: twinsAreOneRow({ behindMs, content }),
  })),
);
