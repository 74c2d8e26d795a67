import { describe, expect, test } from 'vitest';
import { type StreamName, streamDefinition } from '../../../contract/streams.ts';
import { completeKnobs } from '../../simulator/world/knobs.ts';
import { testScene } from '../../support/run/scene.ts';
import { describeDialect, type WrongBody } from './dialect.ts';
import { faultCases } from './fault-cases.ts';
import { paceCases } from './pace-cases.ts';
import { expectExactLake } from './promise.ts';
import { rowCases } from './row-cases.ts';
import type { SourceCase } from './source-case.ts';
import { twinCases } from './twin-cases.ts';

/** What one stream's vendor may do beyond what every vendor may. */
export interface VendorSpecifics {
  readonly cases: readonly SourceCase[];
  /** Knobs that its simulator shares with another vendor's, and that do nothing to this one. */
  readonly idleKnobs?: readonly string[];
  /** Bodies that are JSON, but not a page of this vendor. */
  readonly wrongBodies: readonly WrongBody[];
}

/** Knobs that are not behaviour of a vendor: where tests change rows. */
const hooks: readonly string[] = ['onRequest'];
/** What a list is not asked for. */
const ofDetails = 'details';

/**
 * What every source must pass: the promise, over real HTTP and real files, under everything that its simulator can be made to
 * do; and what its dialect must be by itself.
 */
export function describeSource(stream: StreamName, { cases, idleKnobs = [], wrongBodies }: VendorSpecifics): void {
  const all = [...rowCases, ...twinCases, ...faultCases, ...paceCases, ...cases];

  describe(stream, () => {
    test.each(all)('$name', async (of) => {
      const { knobs = {}, rows = 100, configuration = {}, prove } = of;
      const scene = await testScene({ stream, rows, knobs, configuration });

      await prove(scene, of);

      await scene.settle();
      await expectExactLake(scene);
      expect((await scene.run()).objects).toEqual([]);
    });

    test('has a case for every knob of its simulator', () => {
      const turned = new Set(all.flatMap(({ knobs, spoilt }) => Object.keys({ ...knobs, ...spoilt })));
      const knobs = Object.keys(completeKnobs()[streamDefinition(stream).source]);

      expect(knobs.filter((knob) => !turned.has(knob) && ![...hooks, ofDetails, ...idleKnobs].includes(knob))).toEqual(
        [],
      );
    });

    test('has a name for every case', () => {
      expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    });

    describeDialect(stream, wrongBodies);
  });
}
