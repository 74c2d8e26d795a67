import { describe, expect, test } from 'vitest';
import { streams } from '../../contract/streams.ts';
import type { Fault } from '../simulator/faults.ts';
import { randomFaults } from '../simulator/simulator.ts';
import { lakeDifferences, noDifferences } from '../support/lake-differences.ts';
import { cursorNames, naiveTarget, walkUntilShortPage } from '../support/naive-walks.ts';
import { HOUR_MS, type Scene, type SceneKnobs, testScene } from '../support/scene.ts';

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

test.each(['emptyPageEvery', 'shortPageEvery'] as const)(
  'a client that takes a short page for the last one loses rows to %s',
  async (knob) => {
    const scene = await testScene({ stream: 'elevenlabs.conversations', knobs: { [knob]: 2 } });
    const from = { query: {}, size: 10, resend: true };

    const rows = await walkUntilShortPage(naiveTarget(scene), cursorNames.elevenlabs, from);

    expect(rows.length).toBeLessThan(scene.world.count());
  },
);
