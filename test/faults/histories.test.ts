import { describe, expect, test } from 'vitest';
import { streams } from '../../contract/streams.ts';
import { live } from './history/history.ts';
import { type HistoryPlan, planHistory } from './history/plan.ts';
import { regressions } from './history/regressions.ts';
import type { HistoryResult } from './history/replay.ts';
import { commandOf, type Excerpt, parseSteps, planOf, replayOf } from './judge/excerpt.ts';
import { type Live, type Shrunk, shrink, wayOf } from './shrink/shrink.ts';
import { shrunkText } from './shrink/shrunk-text.ts';
import type { CallFault } from './world/wire.ts';

const SEEDS = Array.from({ length: 46 }, (_, at) => at + 1);
/** Lived again, the last one first, so that each comes after others than before. */
const TWICE = [2, 5, 14, 23, 31];

const results = new Map<number, HistoryResult>();

async function resultOf(seed: number): Promise<HistoryResult> {
  const result = results.get(seed) ?? (await live(planHistory(seed)));
  results.set(seed, result);
  return result;
}

describe('a history', () => {
  test.each(SEEDS)('keeps the promise: seed %i', async (seed) => {
    const { broken } = await resultOf(seed);

    expect(broken, `seed ${seed}; ${commandOf({ seed })}`).toBeUndefined();
  });

  test.each(regressions)('keeps the promise that it once broke: seed $seed, $why', async (regression) => {
    const { broken } = await live(planOf(regression));

    expect(broken, commandOf(regression)).toBeUndefined();
  });

  test('is the same, byte for byte, whatever was lived before it', async () => {
    for (const seed of TWICE.toReversed()) {
      const again = await live(planHistory(seed));

      expect(again.fingerprint, commandOf({ seed })).toBe((await resultOf(seed)).fingerprint);
    }
  });

  test('is the same side by side with another', async () => {
    const [first, second] = await Promise.all([live(planHistory(2)), live(planHistory(5))]);

    expect(first.fingerprint).toBe((await resultOf(2)).fingerprint);
    expect(second.fingerprint).toBe((await resultOf(5)).fingerprint);
  });

  test('differs from that of another seed, and from the same without its faults', async () => {
    const seed = SEEDS.find((one) => (results.get(one)?.faults.size ?? 0) > 0) ?? 1;
    const without = await live(planHistory(seed), { mayHappen: () => false });

    expect(new Set([...results.values()].map(({ fingerprint }) => fingerprint)).size).toBe(results.size);
    expect(without.faults.size).toBe(0);
    expect(without.fingerprint).not.toBe((await resultOf(seed)).fingerprint);
  });

  test('of these seeds, all streams, deeds and faults are met', async () => {
    const plans = SEEDS.map((seed) => planHistory(seed));
    const all = await Promise.all(SEEDS.map(resultOf));

    expect(new Set(plans.map(({ stream }) => stream))).toEqual(new Set(streams.keys()));
    expect(new Set(plans.flatMap(({ steps }) => steps.map(({ deed }) => deed))).size).toBe(9);
    expect(new Set(all.flatMap(({ faults }) => [...faults.values()])).size).toBe(9);
  });
});

/** A seed with steps enough to lose some in. */
const SEED = SEEDS.find((seed) => planHistory(seed).steps.length > 20 && planHistory(seed).oldRows === 20) ?? 1;
const planned = planHistory(SEED);
const changing = planned.steps.find((step) => step.deed === 'change' && step.rows === 10)?.name ?? '';
const [other = ''] = planned.steps.map(({ name }) => name).filter((name) => name !== changing);
const faultNames = planned.steps.flatMap(({ name }) => [`${name}#1`, `${name}#2`]);
const guilty = faultNames.at(-3) ?? '';

/** A world that breaks if and only if `breaks` says so, with a message of its own every time. */
function fakeLive(
  breaks: (plan: HistoryPlan, faults: ReadonlySet<string>) => string | undefined,
): Live & { lived: number } {
  const fake = async (plan: HistoryPlan, { mayHappen = () => true, trace }: Parameters<Live>[1]) => {
    fake.lived++;
    const happened = faultNames.filter(mayHappen);
    for (const { name } of plan.steps) trace?.(`2026-03-10T07:00:00.000Z ${name}`);
    return {
      broken: breaks(plan, new Set(happened)),
      fingerprint: '',
      faults: new Map(happened.map((name): [string, CallFault] => [name, 'death'])),
      happened: 0,
      calls: 0,
      processes: 0,
      rowsChecked: 0,
    };
  };
  fake.lived = 0;
  return fake;
}

function rowsOf(plan: HistoryPlan, name: string): number {
  const step = plan.steps.find((one) => one.name === name);
  return step?.deed === 'change' ? step.rows : 0;
}

/** Needs two steps, four rows of one of them, one fault, three old rows and the vendor's oddities. */
const needy = () =>
  fakeLive((plan, faults) => {
    const there = plan.steps.some(({ name }) => name === other) && rowsOf(plan, changing) >= 4;
    const odd = Object.keys(plan.knobs).length > 0;
    return there && faults.has(guilty) && plan.oldRows >= 3 && odd ? `old-${faults.size} is lost` : undefined;
  });
const effort = { replays: 400, ms: 1, now: () => 0 };

async function shrunkOf(live: Live, most: Partial<typeof effort> = {}): Promise<Shrunk> {
  const shrunk = await shrink(SEED, live, { ...effort, ...most });
  if (!shrunk) throw new Error('it broke nothing');
  return shrunk;
}

describe('shrinking', () => {
  test('finds exactly what is needed to break the promise', async () => {
    const { excerpt, faults, before } = await shrunkOf(needy());

    expect(new Map(excerpt.steps)).toEqual(
      new Map([
        [other, expect.any(Number)],
        [changing, 4],
      ]),
    );
    expect([...excerpt.faults]).toEqual([guilty]);
    expect([...faults.keys()]).toEqual([guilty]);
    expect(excerpt.oldRows).toBe(3);
    expect([...excerpt.plain].sort()).toEqual(['clocks', 'concurrency', 'parts', 'retries', 'skew']);
    expect(before).toEqual({ steps: planned.steps.length, faults: faultNames.length });
  });

  test('keeps to the way of breaking it began with', async () => {
    const twoWays = fakeLive((plan) =>
      plan.steps.length > 3 ? `s1-${plan.steps.length} is lost` : 's1 stands 2 times',
    );

    const { excerpt, broken } = await shrunkOf(twoWays);

    expect(excerpt.steps.size).toBe(4);
    expect(excerpt.faults.size).toBe(0);
    expect(broken).toBe('s1-4 is lost');
  });

  test('ends after so many replays, with what it has found by then', async () => {
    const live = needy();

    const { excerpt, replays } = await shrunkOf(live, { replays: 5 });

    expect(live.lived).toBe(1 + 5);
    expect(replays).toBe(5);
    expect((await live(planOf(excerpt), replayOf(excerpt))).broken).toBeDefined();
  });

  test('ends when its time is over', async () => {
    const live = needy();
    let now = 0;

    await shrunkOf(live, { ms: 7, now: () => now++ });

    expect(live.lived).toBeLessThan(10);
  });

  test('finds nothing where nothing breaks', async () => {
    expect(
      await shrink(
        SEED,
        fakeLive(() => undefined),
        effort,
      ),
    ).toBeUndefined();
  });

  test('says what broke, what is left of the history, and the command that lets it happen again', async () => {
    const live = needy();

    const text = await shrunkText(await shrunkOf(live), live);

    expect(text).toContain(`seed ${SEED}: old-1 is lost`);
    expect(text).toContain(`2 steps of ${planned.steps.length} and 1 fault of ${faultNames.length}`);
    expect(text).toContain(`${guilty} death`);
    expect(text).toContain(`npm run simulate:faults -- --seed ${SEED} --steps '`);
    expect(text).toContain(`--faults '${guilty}' --old-rows 3 --plain `);
    expect(text).toMatch(/everything that happens:\n.* s\d+\n.* s\d+$/);
  });

  test('tells ways of breaking apart by what broke, not by names, instants and numbers', () => {
    const lost = [
      'the watermark 2026-03-11T06:12:35.000Z is ahead of s34-1: {"ID":"s34-1"}',
      'the watermark 2026-03-12T00:00:00.000Z is ahead of old-7: {"ID":"old-7"}',
    ];

    expect(new Set(lost.map(wayOf)).size).toBe(1);
    expect(wayOf('old-3 is older than what s26+ read')).toBe(wayOf('s2-1 is older than what s3~1 read'));
    expect(wayOf('old-3 is lost')).not.toBe(wayOf('old-3 stands 2 times'));
  });
});

describe('a part of a history', () => {
  test('of nothing has no step, fault or row', async () => {
    const nothing: Excerpt = { seed: 3, steps: parseSteps(''), faults: new Set(), oldRows: 0 };
    const result = await live(planOf(nothing), replayOf(nothing));

    expect(planOf(nothing).steps).toEqual([]);
    expect([result.broken, result.faults.size, result.rowsChecked]).toEqual([undefined, 0, 0]);
  });

  test('of everything is the history', async () => {
    const { steps, oldRows } = planHistory(5);
    const faults = new Set((await resultOf(5)).faults.keys());
    const everything: Excerpt = {
      seed: 5,
      steps: parseSteps(steps.map(({ name }) => name).join(',')),
      faults,
      oldRows,
    };

    const again = await live(planOf(everything), replayOf(everything));

    expect(again.fingerprint).toBe((await resultOf(5)).fingerprint);
  });

  test('is what its command says', () => {
    const excerpt: Excerpt = {
      seed: 7,
      steps: parseSteps('s1,s4:2'),
      faults: new Set(['s1#2', 's4+~1#3']),
      oldRows: 0,
      plain: new Set(['skew', 'knobs']),
    };

    expect(commandOf(excerpt)).toBe(
      "npm run simulate:faults -- --seed 7 --steps 's1,s4:2' --faults 's1#2,s4+~1#3' --old-rows 0 --plain skew,knobs",
    );
    expect(commandOf({ seed: 7, steps: new Map(), faults: new Set() })).toBe(
      "npm run simulate:faults -- --seed 7 --steps '' --faults ''",
    );
    expect(() => parseSteps('s1,four')).toThrow('"four" is not a step');
  });
});
