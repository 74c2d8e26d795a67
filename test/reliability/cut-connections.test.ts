import { expect, test } from 'vitest';
import { type StreamName, streams } from '../../contract/streams.ts';
import { draw, drawShare } from '../simulator/rows/random.ts';
import type { Fault, SeenRequest } from '../simulator/simulator.ts';
import { HOUR_MS } from '../support/durations.ts';
import { lakeDifferences, noDifferences } from '../support/lake/lake-differences.ts';
import { mutator } from '../support/run/mutations.ts';
import { testScene } from '../support/run/scene.ts';
import { unrestOf } from './support/unrest.ts';

const SEED = 20_260_523;
const HISTORIES = 3;
const MOST_RUNS = 20;
const KINDS = ['cut-short', 'reset-midway'] as const;

/** Cuts two responses of five, each somewhere: before its first byte, before its last, or anywhere between. */
function cuts(seed: number, cut: (fault: Fault) => void) {
  return (number: number, _: SeenRequest): Fault | undefined => {
    if (drawShare(seed, number, 1) > 0.4) return undefined;
    const share = [0, 1 - 1e-9, drawShare(seed, number, 3), drawShare(seed, number, 4)][draw(seed, number, 2) % 4] ?? 0;
    const fault = { kind: KINDS[draw(seed, number, 5) % 2] ?? 'cut-short', share } as const;
    cut(fault);
    return fault;
  };
}

/** A first load and some hours more, while connections break and rows change; resolves to what was met. */
async function history(stream: StreamName, seed: number): Promise<{ cuts: number; runs: number; rows: number }> {
  const scene = await testScene({ stream, seed, rows: 100, configuration: { lookback: '9 days' } });
  let drawn = 0;
  const random = () => drawShare(seed, drawn++, 6);
  const mutate = mutator(scene, random);
  const unrest = unrestOf(scene, random);
  const met = { cuts: 0, runs: 0, rows: 0 };
  scene.turn({ faults: cuts(seed, () => met.cuts++) });

  const untilCaughtUp = async (betweenMs: number) => {
    for (; met.runs < MOST_RUNS; scene.advance(betweenMs)) {
      met.runs++;
      const { outcome, details } = await scene.run();
      // A detail whose tries were all cut is asked for again by the next run.
      if (outcome === 'caught up' && !details?.failed) return;
    }
    throw new Error(`seed ${seed}: not caught up after ${MOST_RUNS} runs`);
  };
  for (const chance of [0.1, 0.1, 0]) {
    unrest.day(); // long rows, so that a body is many packets
    scene.onRequest(() => {
      if (random() < chance) mutate('changes');
    });
    // Conversations end as time goes by. At last nothing changes, so the lake is exact as soon as a run is caught up.
    await untilCaughtUp(chance * HOUR_MS);
    if (chance === 0) expect(await lakeDifferences(scene), `seed ${seed}`).toEqual(noDifferences);
    scene.advance(HOUR_MS);
  }
  return { ...met, rows: scene.world.count() };
}

test.each([...streams.keys()])(
  'connections cut anywhere within a body lose and double nothing of %s',
  async (stream) => {
    const met = { cuts: 0, runs: 0, rows: 0 };
    for (let number = 0; number < HISTORIES; number++) {
      const { cuts: more, runs, rows } = await history(stream, SEED + number);
      met.cuts += more;
      met.runs += runs;
      met.rows += rows;
    }

    console.info(`${stream}: ${met.cuts} responses cut in ${met.runs} runs; ${met.rows} rows compared`);
    expect(met.cuts).toBeGreaterThan(50);
  },
);
