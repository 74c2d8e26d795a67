import { describe, expect, test } from 'vitest';
import { noTasks, type Tasks, windowTasks } from '../../../../../functions/engine/plan/plan.ts';
import { cutWindows, cutWindowsBackwards } from '../../../../../functions/engine/plan/window.ts';
import { Ledger } from '../../../../../functions/engine/run/tasks/ledger.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../support/durations.ts';
import { START_MS } from '../../../../support/vendor/scripted-vendor.ts';

const YEAR = { from: START_MS, to: START_MS + 365 * DAY_MS };
const none = noTasks('re-read', START_MS);

/** Counts the tasks that were worked out. */
function counted(tasks: Tasks): { readonly tasks: Tasks; readonly made: () => number } {
  let made = 0;
  function* counting() {
    for (const task of tasks) {
      made++;
      yield task;
    }
  }
  const { kind, span, count } = tasks;
  return { tasks: { kind, span, count, [Symbol.iterator]: counting }, made: () => made };
}

describe('a year of windows of a minute', () => {
  const minutes = () => windowTasks('new', cutWindows(YEAR, MINUTE_MS));

  test('is not worked out before it is read', () => {
    const { tasks, made } = counted(minutes());
    const ledger = new Ledger({ fresh: tasks, reread: none }, 'time');

    for (let n = 0; n < 3; n++) ledger.take();

    expect(tasks.count).toBe(365 * 1440);
    expect(made()).toBeLessThanOrEqual(4);
  });

  // With work at each step that grows with the windows planned, this takes hours.
  test('leaves nothing behind as it is done', () => {
    const ledger = new Ledger({ fresh: minutes(), reread: none }, 'time');

    let most = 0;
    for (let state = ledger.take(); state; state = ledger.take()) {
      ledger.read(state);
      ledger.commit(state);
      ledger.isNearUndone(START_MS);
      most = Math.max(most, ledger.fresh.open.size);
    }

    expect(most).toBe(0);
    expect(ledger.isDone).toBe(true);
    expect(ledger.fresh).toMatchObject({ reached: YEAR.to, committed: 365 * 1440 });
  });
});

describe('a day', () => {
  const day = { from: START_MS, to: START_MS + DAY_MS };

  test('has been read when all its windows were, parts and windows to be read again too', () => {
    const ledger = new Ledger({ fresh: windowTasks('new', cutWindows(day, 12 * HOUR_MS)), reread: none }, 'time');
    const [first, second] = [ledger.take(), ledger.take()];
    if (!first || !second) throw new Error('there are two windows');
    const readOnes: boolean[] = [];
    const note = () => readOnes.push(ledger.isDayRead(START_MS));

    ledger.read(second);
    note();
    ledger.split(first, [
      { from: START_MS, to: START_MS + 6 * HOUR_MS },
      { from: START_MS + 6 * HOUR_MS, to: second.task.from },
    ]);
    ledger.again(second);
    note();
    const order = [ledger.take(), ledger.take(), ledger.take()];
    for (const state of order) {
      note();
      if (state) ledger.read(state);
    }
    note();

    expect(order.map((state) => state?.task.from)).toEqual([START_MS, START_MS + 6 * HOUR_MS, second.task.from]);
    expect(readOnes).toEqual([false, false, false, false, false, true]);
    expect(ledger.isDayRead(START_MS + DAY_MS)).toBe(false);
  });

  test('is near while a window of it or beside it is not committed, and no longer', () => {
    const re = windowTasks('re-read', cutWindowsBackwards(day, DAY_MS));
    const ledger = new Ledger({ fresh: noTasks('new', START_MS), reread: re }, 'time');
    const near = () => [-2, -1, 0, 1, 2].map((days) => ledger.isNearUndone(START_MS + days * DAY_MS));

    const before = near();
    const state = ledger.take();
    const reading = near();
    if (state) ledger.commit(state);

    expect([before, reading]).toEqual(Array(2).fill([false, true, true, true, false]));
    expect(near()).toEqual(Array(5).fill(false));
    expect(ledger.takeFreed()).toBe(true);
    expect(ledger.reread.reached).toBe(START_MS);
  });
});
