import { describe, expect, test } from 'vitest';
import { lakeDifferences, noDifferences } from '../support/lake-differences.ts';
import { cursorNames, naiveTarget, walkUntilShortPage } from '../support/naive-walks.ts';
import { DAY_MS, HOUR_MS, testScene } from '../support/scene.ts';

const cursorStreams = [
  'crescendo.vocconv',
  'crescendo.botconv',
  'voiceable.conversations',
  'elevenlabs.conversations',
] as const;

describe('rows on the very edge of a window', () => {
  const ends = ['inclusive', 'exclusive'] as const;
  const edges = ends.flatMap((fromEnd) => ends.map((toEnd) => ({ fromEnd, toEnd })));

  test.each(cursorStreams.flatMap((stream) => edges.map((edge) => ({ stream, ...edge }))))(
    'of $stream are read where from is $fromEnd and to is $toEnd',
    async ({ stream, fromEnd, toEnd }) => {
      // Every row begins on a full hour, where every window of three hours begins and ends.
      const scene = await testScene({ stream, knobs: { tieMs: HOUR_MS, fromEnd, toEnd } });

      await scene.run({ configuration: { window: '3 hours' } });
      const first = await lakeDifferences(scene);
      scene.advance(HOUR_MS / 2);
      await scene.run({ settings: { lookbackMs: 0 } });

      expect(first).toEqual(noDifferences);
      expect((await lakeDifferences(scene)).missing).toEqual([]);
    },
  );
});

test('a client that asks for days from midnight to midnight loses rows where both ends are exclusive', async () => {
  const scene = await testScene({ stream: 'crescendo.vocconv', knobs: { tieMs: HOUR_MS, fromEnd: 'exclusive' } });
  const read = new Set<string>();
  for (let from = scene.simulator.since; from < scene.now(); from += DAY_MS) {
    const query = { from: new Date(from).toISOString(), to: new Date(from + DAY_MS).toISOString() };
    const target = naiveTarget(scene);
    const rows = await walkUntilShortPage(target, cursorNames.crescendo, { query, size: 1000, resend: false });
    for (const { key } of rows) read.add(key);
  }

  const lost = [...scene.world.current()].filter(({ key }) => !read.has(key ?? ''));

  expect(lost.length).toBeGreaterThan(0);
});

describe('an hour in which the vendor answers "nothing"', () => {
  test.each(cursorStreams)('hides no row of %s from the hours after it', async (stream) => {
    const scene = await testScene({ stream });
    await scene.run();
    scene.turn({ emptyDuring: [{ from: scene.now() + HOUR_MS, to: scene.now() + 2 * HOUR_MS }] });
    scene.advance(HOUR_MS);
    const during = await scene.run();
    scene.advance(HOUR_MS);

    await scene.run();

    expect(during).toMatchObject({ outcome: 'caught up', rows: { read: 0 } });
    await scene.settle();
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });
});

describe('a vendor that stops at 10,000 rows', () => {
  /** Elasticsearch pages no further than its 10,000th hit, and counts no further either. */
  function stopAtTenThousand(body: string): string {
    const next = /"cursor":\{"next":"([^"]+)"\}/.exec(body)?.[1];
    if (next === undefined) return body;
    const token: unknown = JSON.parse(Buffer.from(next, 'base64url').toString());
    const offset = typeof token === 'object' && token !== null && 'offset' in token ? Number(token.offset) : 0;
    return offset >= 10_000 ? body.replace(/"cursor":\{"next":"[^"]+"\}/, '"cursor":{"next":null}') : body;
  }

  test('gives all of a day with more, because its windows are split', async () => {
    const scene = await testScene({
      stream: 'crescendo.vocconv',
      rows: 12_000,
      days: 1,
      knobs: {
        cursor: 'offset',
        total: { saturatesAt: 10_000 },
        faults: () => ({ kind: 'edit', edit: stopAtTenThousand }),
      },
      configuration: { pageSize: 5000 },
    });

    const { outcome, reconciled } = await scene.run();

    expect({ outcome, reconciled }).toEqual({ outcome: 'caught up', reconciled: true });
    expect(await lakeDifferences(scene)).toEqual(noDifferences);

    const query = { from: new Date(scene.simulator.since).toISOString() };
    const naive = await walkUntilShortPage(naiveTarget(scene), cursorNames.crescendo, {
      query,
      size: 5000,
      resend: false,
    });
    expect(naive).toHaveLength(10_000);
  });
});

test('a total that no walk ever reaches is reported, and the rows are there', async () => {
  const scene = await testScene({ stream: 'crescendo.vocconv', rows: 2000, days: 1 });
  const tooMany = (body: string) => body.replace(/"total":(\d+)/, (_, total) => `"total":${Number(total) + 2}`);
  scene.turn({ faults: () => ({ kind: 'edit', edit: tooMany }) });
  const start = new Date(scene.now() - 20 * 60_000).toISOString();

  const { outcome, reconciled } = await scene.run({ start, configuration: { pageSize: 100 } });

  expect({ outcome, reconciled }).toEqual({ outcome: 'caught up', reconciled: false });
  const { missing, ...others } = await lakeDifferences(scene);
  const sinceStart = [...scene.world.current()].filter(({ time }) => time >= Date.parse(start));
  expect(sinceStart.filter(({ key }) => missing.includes(key ?? ''))).toEqual([]);
  expect({ ...others, missing: [] }).toEqual(noDifferences);
});
