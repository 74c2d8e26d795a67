import { describe, expect, test } from 'vitest';
import type { World } from '../../simulator/world/world.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../support/durations.ts';
import { Dice } from '../history/dice.ts';
import { type LifeSettings, VendorLife } from './life.ts';
import type { Process } from './wire.ts';

/** Falls as it is told to, and high from then on. */
class LoadedDice extends Dice {
  readonly #shares: number[];

  constructor(...shares: readonly number[]) {
    super(1, 'loaded');
    this.#shares = [...shares];
  }

  override share(): number {
    return this.#shares.shift() ?? 0.99;
  }
}

const FIRST_ROW = 0;
const [COMES, GOES, COMES_BACK] = [0.3, 0.9, 0.95] as const;

/** A vendor with two rows that could be seen in time, an hour apart or as far as is said, and its readers. */
function begin(shifts: LifeSettings['shifts'], apartMs: number = HOUR_MS) {
  const live = new Set<Process>();
  let now = 10 * DAY_MS + 20 * HOUR_MS;
  const life = new VendorLife({
    stream: 'crescendo.vocconv',
    world: { put: () => undefined, remove: () => undefined } as unknown as World,
    now: () => now,
    horizonMs: 6 * HOUR_MS,
    oversized: undefined,
    settleMs: MINUTE_MS,
    shifts,
    live: () => live,
    onDated: () => undefined,
  });
  life.begin(1, 10 * DAY_MS, new LoadedDice(0));
  const change = (name: string, what: number) => life.change(name, new LoadedDice(FIRST_ROW, what));
  change('first', COMES);
  now += apartMs;
  change('second', COMES);
  return {
    change,
    life,
    run: () => {
      const process = {} as Process;
      live.add(process);
      return () => live.delete(process);
    },
    inTime: () => life.rows.get('second')?.late === false,
  };
}

describe('a row that a walk has passed goes, and the walk may pass over another', () => {
  test('which nothing tells where the vendor does not count', () => {
    const { change, inTime } = begin('untold');

    change('s1', GOES);

    expect(inTime()).toBe(false);
  });

  test('which no walk does where cursors do not count rows', () => {
    const { change, run, inTime } = begin('never');

    run();
    change('s1', GOES);
    change('s2', COMES);

    expect(inTime()).toBe(true);
  });

  describe('which a count tells', () => {
    test('while nothing else happens', () => {
      const { change, run, inTime } = begin('counted');

      run();
      change('s1', GOES);

      expect(inTime()).toBe(true);
    });

    test('but in vain where the window is too short to be halved', () => {
      const { change, run, inTime } = begin('counted', 90 * SECOND_MS);

      run();
      change('s1', GOES);

      expect(inTime()).toBe(false);
    });

    test.each([
      { what: 'another comes after it', changes: [GOES, COMES] },
      { what: 'another comes before it', changes: [COMES, GOES] },
      { what: 'it comes back', changes: [GOES, COMES_BACK] },
    ])('but not when $what during the same run', ({ changes }) => {
      const { change, run, inTime } = begin('counted');

      run();
      for (const [at, what] of changes.entries()) change(`s${at}`, what);

      expect(inTime()).toBe(false);
    });

    test('also when another comes, but during another run', () => {
      const { change, run, inTime } = begin('counted');

      const end = run();
      change('s1', GOES);
      end();
      run();
      change('s2', COMES);

      expect(inTime()).toBe(true);
    });
  });
});

describe('a row that was there before anybody read', () => {
  test('could be seen in time by the first walk', () => {
    const { life } = begin('never');

    expect(life.rows.get('old-0')?.late).toBe(false);
  });

  test.each<{ shifts: LifeSettings['shifts']; changes: readonly number[]; passedOver: boolean }>([
    { shifts: 'never', changes: [GOES], passedOver: false },
    { shifts: 'untold', changes: [GOES], passedOver: true },
    { shifts: 'counted', changes: [GOES], passedOver: false },
    { shifts: 'counted', changes: [GOES, COMES], passedOver: true },
    { shifts: 'counted', changes: [COMES, GOES], passedOver: true },
  ])('is out of reach once a row of its day goes: $shifts, $changes', ({ shifts, changes, passedOver }) => {
    const { life, change, run } = begin(shifts);

    run();
    for (const [at, what] of changes.entries()) change(`s${at}`, what);

    expect([...life.passedOver]).toEqual(passedOver ? ['old-0'] : []);
  });

  test('is not passed over while nobody reads', () => {
    const { life, change } = begin('untold');

    change('s1', GOES);

    expect(life.passedOver.size).toBe(0);
  });
});
