import { describe, expect, test } from 'vitest';
import type { DetailStreamName } from '../../../../contract/streams.ts';
import { detailKnobs } from '../../../simulator/world/knobs.ts';
import { type Scene, testScene } from '../../../support/run/scene.ts';
import { faultCases } from '../fault-cases.ts';
import { paceCases } from '../pace-cases.ts';
import { expectExactLake } from '../promise.ts';
import { rowCases } from '../row-cases.ts';
import type { SourceCase } from '../source-case.ts';
import { detailCases } from './detail-cases.ts';

/** What one stream's vendor may do beyond what every vendor may with details. */
export interface DetailSpecifics {
  readonly cases: readonly SourceCase[];
  /** Knobs of details that do nothing to this stream. */
  readonly idleKnobs: readonly (keyof ReturnType<typeof detailKnobs>)[];
}

/**
 * Cases about rows of lists that are others where details are fetched: what is large or open there is the detail, and a vendor
 * that fails fails at single ids as well.
 */
const ofListsAlone = new Set([
  'rows of 25 MB, which grow and shrink',
  'conversations that never end',
  'a vendor that goes down in the midst of a run',
  'runs with time for five pages',
  'nothing but 429 in the midst of a run',
  'nothing but 503 in the midst of a run',
]);

/** What every stream of details must pass: the promise of lists, and that a detail is fetched once for each state of its row. */
export function describeDetails(stream: DetailStreamName, { cases, idleKnobs }: DetailSpecifics): void {
  const shared = [...rowCases, ...faultCases, ...paceCases].filter(({ name }) => !ofListsAlone.has(name));
  const all = [...shared, ...detailCases, ...cases];

  describe(stream, () => {
    test.each(all)('$name', async (of) => {
      const { knobs = {}, rows = 40, configuration = {}, prove } = of;
      const scene = await testScene({ stream, rows, knobs, configuration });

      await prove(scene, of);

      await scene.settle();
      await expectExactLake(scene);
      await expectNothingToFetch(scene);
    });

    test('has a case for every knob of details', () => {
      const turned = new Set(
        all.flatMap(({ knobs, spoilt }) => Object.keys({ ...knobs?.details, ...spoilt?.details })),
      );
      const idle: readonly string[] = idleKnobs;

      expect(Object.keys(detailKnobs({})).filter((knob) => !turned.has(knob) && !idle.includes(knob))).toEqual([]);
    });

    test('has a name for every case', () => {
      expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    });
  });
}

/** A run after all came to rest writes nothing, and asks for no detail but for those of which there is none. */
async function expectNothingToFetch(scene: Scene): Promise<void> {
  const before = scene.details?.asked() ?? 0;
  const { objects, details } = await scene.run();

  const isMissing = (details?.gone ?? 0) + (details?.failed ?? 0) > 0;
  expect(objects).toEqual([]);
  // What is open now is asked for until it is final.
  expect(details?.fetched).toBe(details?.open);
  if (!isMissing && details?.open === 0) expect(scene.details?.asked()).toBe(before);
}
