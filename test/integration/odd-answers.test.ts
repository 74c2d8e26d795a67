import { describe, expect, test } from 'vitest';
import { streams } from '../../contract/streams.ts';
import type { Fault } from '../simulator/faults.ts';
import { randomFaults } from '../simulator/simulator.ts';
import { lakeDifferences, noDifferences } from '../support/lake-differences.ts';
import { cursorNames, naiveTarget, walkUntilShortPage } from '../support/naive-walks.ts';
import { DAY_MS, HOUR_MS, type Scene, type SceneKnobs, testScene } from '../support/scene.ts';

const cursorStreams = [
  'crescendo.vocconv',
  'crescendo.botconv',
  'voiceable.conversations',
  'elevenlabs.conversations',
] as const;

/** Runs every hour until one is caught up, whatever ends the others. */
async function untilCaughtUp(scene: Scene, mostRuns: number): Promise<number> {
  for (let runs = 1; runs <= mostRuns; runs++) {
    const { outcome } = await scene.run();
    if (outcome === 'caught up') return runs;
    scene.advance(HOUR_MS);
  }
  throw new Error(`not caught up after ${mostRuns} runs`);
}

describe('faults of transport', () => {
  const faults: readonly (readonly [string, Fault])[] = [
    ['503', { kind: 'status', status: 503 }],
    ['503 that names a wait in seconds', { kind: 'status', status: 503, retryAfter: '7' }],
    ['429', { kind: 'status', status: 429 }],
    ['429 that names a date', { kind: 'status', status: 429, retryAfter: new Date(Date.now() + 3_000).toUTCString() }],
    ['500', { kind: 'status', status: 500 }],
    ['502 with a page of HTML', { kind: 'status', status: 502, body: '<html>bad gateway</html>' }],
    ['reset connections', { kind: 'reset' }],
    ['connections reset within a body', { kind: 'reset-midway' }],
    ['bodies shorter than announced', { kind: 'cut-short' }],
    ['bodies cut in half', { kind: 'half' }],
    ['HTML in place of JSON', { kind: 'html' }],
  ];

  test.each(faults)('%s lose and double nothing', async (_, fault) => {
    for (const stream of ['crescendo.vocconv', 'salesloft.conversations'] as const) {
      const scene = await testScene({
        stream,
        knobs: { faults: randomFaults({ seed: 5, share: 0.3, kinds: [fault] }) },
      });

      await untilCaughtUp(scene, 6);
      const disturbed = await lakeDifferences(scene);
      await scene.settle();

      expect(disturbed).toEqual(noDifferences);
      expect(await lakeDifferences(scene)).toEqual(noDifferences);
    }
  });

  test.each([...streams.keys()])('all kinds of them at once lose and double nothing of %s', async (stream) => {
    const kinds = faults.map(([, fault]) => fault);
    const scene = await testScene({ stream, knobs: { faults: randomFaults({ seed: 9, share: 0.25, kinds }) } });

    for (let hour = 0; hour < 3; hour++) {
      await scene.run();
      scene.advance(HOUR_MS);
    }
    await scene.settle();

    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });

  test.each([...streams.keys()])(
    'fails when the vendor of %s is down, keeps what it read, and goes on when it is up',
    async (stream) => {
      const scene = await testScene({ stream });
      scene.turn({ faults: (number) => (number > 6 ? { kind: 'status', status: 503 } : undefined) });

      const down = await scene.run();
      await scene.settle();

      expect(down).toMatchObject({ outcome: 'failed', error: { code: 'vendor-unavailable' } });
      expect(down.rows.new).toBeGreaterThan(0);
      expect(await lakeDifferences(scene)).toEqual(noDifferences);
    },
  );
});

describe('pages that do not look like pages', () => {
  const knobs: readonly (readonly [string, SceneKnobs])[] = [
    ['empty pages in the midst of a walk', { emptyPageEvery: 2 }],
    ['short pages in the midst of a walk', { shortPageEvery: 2 }],
    ['empty and short pages', { emptyPageEvery: 3, shortPageEvery: 2 }],
    ['a cursor that leads to one more, empty page', { lastCursor: 'live' }],
    ['totals that drift', { total: 'drifting' }],
    ['a total that stops below the truth', { total: { saturatesAt: 25 } }],
  ];

  test.each(cursorStreams.flatMap((stream) => knobs.map(([name, knob]) => ({ stream, name, knob }))))(
    'of $stream lose nothing: $name',
    async ({ stream, knob }) => {
      const scene = await testScene({ stream, knobs: knob });

      const { outcome } = await scene.run();

      expect(outcome).toBe('caught up');
      expect(await lakeDifferences(scene)).toEqual(noDifferences);
    },
  );

  test('Voiceable may leave out has_more, the cursor, or both', async () => {
    for (const knob of [
      { hasMore: 'missing' },
      { lastCursor: 'missing' },
      { hasMore: 'missing', lastCursor: 'missing' },
    ] as const) {
      const scene = await testScene({ stream: 'voiceable.conversations', knobs: knob });

      await scene.run();

      expect(await lakeDifferences(scene)).toEqual(noDifferences);
    }
  });

  test.each([
    ['elevenlabs.conversations', { hasMore: 'missing' }],
    ['crescendo.vocconv', { lastCursor: 'missing' }],
  ] as const)(
    '%s stops where the sign of the end is missing, takes nothing for it, and makes good later',
    async (stream, knob) => {
      const scene = await testScene({ stream, knobs: knob });

      const stopped = await scene.run();
      scene.turn({ hasMore: 'present', lastCursor: 'null' });
      await scene.settle();

      expect(stopped).toMatchObject({ outcome: 'failed', error: { code: 'body-unexpected' } });
      expect(await lakeDifferences(scene)).toEqual(noDifferences);
    },
  );
});

describe('cursors that do not last', () => {
  test.each(cursorStreams)('of %s: windows get smaller until a walk fits into their life', async (stream) => {
    const scene = await testScene({ stream, knobs: { cursorLife: { pages: 3 } } });

    const runs = await untilCaughtUp(scene, 8);

    expect(runs).toBeGreaterThan(1);
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });

  test.each(cursorStreams)('of %s: a few refusals start the walk again, within one run', async (stream) => {
    const scene = await testScene({ stream });
    const refusal = { kind: 'status', status: 400 } as const;
    scene.turn({ faults: (number, { query }) => (number < 12 && 'cursor' in query ? refusal : undefined) });

    const { outcome } = await scene.run({ configuration: { concurrency: 4 } });

    expect(outcome).toBe('caught up');
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });

  test.each(cursorStreams)('of %s: one that does not advance fails the run, and nothing is lost', async (stream) => {
    const scene = await testScene({ stream, knobs: { stuckAtPage: 3 } });

    const stuck = await scene.run();
    scene.turn({ stuckAtPage: undefined });
    await scene.settle();

    expect(stuck).toMatchObject({ outcome: 'failed', error: { code: 'paging-stuck' } });
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });
});

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

test.each(['emptyPageEvery', 'shortPageEvery'] as const)(
  'a client that takes a short page for the last one loses rows to %s',
  async (knob) => {
    const scene = await testScene({ stream: 'elevenlabs.conversations', knobs: { [knob]: 2 } });
    const from = { query: {}, size: 10, resend: true };

    const rows = await walkUntilShortPage(naiveTarget(scene), cursorNames.elevenlabs, from);

    expect(rows.length).toBeLessThan(scene.world.count());
  },
);

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
