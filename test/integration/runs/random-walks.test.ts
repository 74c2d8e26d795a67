import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type StreamName, streamDefinition, streams } from '../../../contract/streams.ts';
import type { Fault } from '../../simulator/faults.ts';
import { randomFaults } from '../../simulator/simulator.ts';
import { completeKnobs } from '../../simulator/world/knobs.ts';
import { HOUR_MS, MINUTE_MS } from '../../support/durations.ts';
import { lakeDifferences, lakeKeys, noDifferences } from '../../support/lake/lake-differences.ts';
import { type Mutation, mutator, seededRandom } from '../../support/run/mutations.ts';
import { openScene, pagesAllowed, type Scene, type SceneKnobs } from '../../support/run/scene.ts';

/** fast-check names the seed and the path of a failure; another seed here looks at other vendors. */
const SEED = 20_260_520;
const SCENES_PER_STREAM = 8;

const faults: readonly Fault[] = [
  { kind: 'status', status: 503 },
  { kind: 'status', status: 429, retryAfter: '1' },
  { kind: 'status', status: 500 },
  { kind: 'reset' },
  { kind: 'cut-short' },
  { kind: 'half' },
  { kind: 'html' },
];

const mutations: readonly Mutation[] = ['appears', 'changes', 'changes', 'vanishes'];

interface Disturbance {
  readonly seed: number;
  readonly runs: number;
  readonly pages: number;
  readonly faults: number;
  readonly mutations: number;
}

const share = (most: number) => fc.oneof(fc.constant(0), fc.double({ min: 0, max: most, noNaN: true }));

const anyRows = {
  unionTypes: share(1),
  unknownFields: share(0.5),
  bigNumbers: share(0.5),
  duplicateNames: share(0.5),
  nullTimes: share(0.1),
  untimed: fc.record({ share: share(0.4), forMs: fc.constant(4 * HOUR_MS) }),
  stuckOpen: share(0.2),
  tieMs: fc.constantFrom(0, 0, 1000, HOUR_MS, 5 * HOUR_MS),
  layout: fc.constantFrom('compact', 'crlf'),
} as const;

const anyCursors = {
  ...anyRows,
  late: fc.record({ share: share(0.4), byMs: fc.constant(3 * HOUR_MS) }),
  order: fc.constantFrom('newest-first', 'oldest-first'),
  fromEnd: fc.constantFrom('inclusive', 'exclusive'),
  toEnd: fc.constantFrom('inclusive', 'exclusive'),
  cursor: fc.constantFrom('sort-key', 'offset', 'snapshot'),
  cursorLife: fc.constantFrom({}, {}, { uses: 2 }, { pages: 6 }),
  emptyPageEvery: fc.constantFrom(undefined, 2, 3),
  shortPageEvery: fc.constantFrom(undefined, 2, 3),
  lastCursor: fc.constantFrom('null', 'live'),
  noRows: fc.constantFrom('list', 'null'),
  total: fc.constantFrom('exact', 'drifting', { saturatesAt: 40 }),
} as const;

const anySalesloft = {
  ...anyRows,
  late: fc.record({ share: share(0.4), byMs: fc.constant(8 * MINUTE_MS) }),
  precision: fc.constantFrom('seconds', 'milliseconds', 'microseconds', 'mixed'),
  rounding: fc.constantFrom('cut', 'half-up'),
  nextPage: fc.constantFrom('documented', 'always'),
  noRows: fc.constantFrom('list', 'null'),
  offsetMinutes: fc.constantFrom(0, -240, 330),
} as const;

/** Only a count can tell that rows which come in another order each time have all been seen; without one the walk fails and says so. */
const anyEnvelope = fc.constantFrom(
  { envelope: 'documented', shuffleTies: true } as const,
  { envelope: 'documented', shuffleTies: false } as const,
  { envelope: 'without-paging', shuffleTies: false } as const,
  { envelope: 'bare-array', shuffleTies: false } as const,
);

function anyKnobs(stream: StreamName): fc.Arbitrary<SceneKnobs> {
  const { source } = streamDefinition(stream);
  if (source === 'salesloft')
    return fc.tuple(fc.record(anySalesloft), anyEnvelope).map(([rows, envelope]) => ({ ...rows, ...envelope }));
  if (!('hasMore' in completeKnobs()[source])) return fc.record(anyCursors);
  const hasMore = fc.constantFrom(
    ...(source === 'voiceable' ? (['present', 'missing'] as const) : (['present'] as const)),
  );
  const rowShape = fc.constantFrom('docs', 'app');
  return fc.record({ ...anyCursors, hasMore, rowShape });
}

const anyScene = (stream: StreamName) =>
  fc.record({
    knobs: anyKnobs(stream),
    seed: fc.nat(100_000),
    rows: fc.integer({ min: 60, max: 160 }),
    runs: fc.integer({ min: 1, max: 4 }),
    faults: share(0.15),
    /** How many pages a run has time for. */
    pages: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 4, max: 40 })),
    /** Of the requests, those before which something happens to a row. */
    mutations: share(1),
  });

/** Hourly runs of which any may fail or be cut short, while rows come, change and go; the keys that were in the lake after any of them. */
async function disturbedRuns(scene: Scene, of: Disturbance): Promise<Set<string>> {
  const random = seededRandom(of.seed);
  const mutate = mutator(scene, random);
  const held = new Set<string>();
  scene.turn({ faults: randomFaults({ seed: of.seed, share: of.faults, kinds: faults }) });
  scene.onRequest(() => {
    scene.advance(1000);
    if (random() < of.mutations) mutate(mutations[Math.floor(random() * mutations.length)] ?? 'changes');
  });
  for (let run = 0; run < of.runs; run++) {
    await scene.run(pagesAllowed(of.pages));
    for (const key of await lakeKeys(scene)) held.add(key);
    scene.advance(HOUR_MS);
  }
  return held;
}

test.each([...streams.keys()])(
  'whatever the vendor of %s does, every row is there once, newest, in its date',
  async (stream) => {
    const property = fc.asyncProperty(anyScene(stream), async ({ knobs, seed, rows, ...disturbance }) => {
      const scene = await openScene({ stream, rows, seed, knobs });
      try {
        const held = await disturbedRuns(scene, { seed, ...disturbance });
        const before = await lakeDifferences(scene);
        scene.turn({ cursorLife: {} });
        await scene.settle();
        const kept = await lakeKeys(scene);
        const after = await lakeDifferences(scene);
        const current = new Set([...scene.world.current()].map(({ key, line }) => key ?? line));
        // A page that came when the run had no time left was shown in vain, and its rows may have vanished since.
        const missing = after.missing.filter((key) => current.has(key));

        expect({ doubled: before.doubled, misplaced: before.misplaced }).toEqual({ doubled: [], misplaced: [] });
        expect({ ...after, missing }).toEqual(noDifferences);
        expect([...held].filter((key) => !kept.has(key))).toEqual([]);
      } finally {
        await scene.close();
      }
    });

    await fc.assert(property, { seed: SEED, numRuns: SCENES_PER_STREAM, endOnFailure: true });
  },
);
