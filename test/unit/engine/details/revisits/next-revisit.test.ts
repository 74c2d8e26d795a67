import { describe, expect, test } from 'vitest';
import {
  nextRevisit,
  type Outcome,
  type RevisitRules,
} from '../../../../../functions/engine/details/revisits/next-revisit.ts';
import type { Revisit } from '../../../../../functions/engine/details/revisits/revisit.ts';
import { Rank } from '../../../../../functions/engine/rows/identify.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../support/durations.ts';

const TIME = Date.parse('2026-03-01T12:00:00Z');
const head = { key: '"a"', time: '"2026-03-01T12:00:00Z"', version: undefined, listed: '1.aa' };
const rules: RevisitRules = { deep: { at: '03:00', lookbackMs: 7 * DAY_MS }, timeZone: 'UTC', lateMs: [] };
const late = { ...rules, lateMs: [6 * HOUR_MS, 48 * HOUR_MS] };
const open = { rank: Rank.open, incomplete: false };
const final = { rank: Rank.final, incomplete: false };
const incomplete = { rank: Rank.final, incomplete: true };

/** When it is asked for, as long as it is asked for when it is due; hours after its own time. */
function hoursAsked(outcome: Outcome, from: number, by = rules): number[] {
  const hours: number[] = [];
  let revisit = nextRevisit(head, outcome, undefined, by, from);
  while (revisit && hours.length < 100) {
    hours.push((revisit.due - TIME) / HOUR_MS);
    revisit = nextRevisit(head, outcome, revisit, by, revisit.due);
  }
  return hours;
}

describe('a detail that is not final', () => {
  test.each([
    ['open', open],
    ['missing', { rank: Rank.marker, incomplete: false }],
  ])('is asked for again while it is %s, less and less often, until 30 days after its time', (_, outcome) => {
    const hours = hoursAsked(outcome, TIME);

    expect(hours.slice(0, 7)).toEqual([1, 3, 7, 15, 31, 55, 79]);
    expect(hours.at(-1)).toBeGreaterThan(29 * 24);
    expect(hours.at(-1)).toBeLessThanOrEqual(31 * 24);
  });

  test('is not asked for when it is older', () => {
    expect(nextRevisit(head, open, undefined, rules, TIME + 30 * DAY_MS)).toBeUndefined();
  });

  test('keeps its turn when the list names it before, in the state that it is in now', () => {
    const before: Revisit = { head, why: 'open', due: TIME + 7 * HOUR_MS, tries: 2 };
    const changed = { ...head, listed: '1.bb' };

    expect(nextRevisit(changed, open, before, rules, TIME + 5 * HOUR_MS)).toEqual({ ...before, head: changed });
    expect(nextRevisit(changed, open, before, rules, TIME + 7 * HOUR_MS)).toMatchObject({ tries: 3, head: changed });
  });

  test('is done with once it is final', () => {
    const before: Revisit = { head, why: 'open', due: TIME + HOUR_MS, tries: 0 };

    expect(nextRevisit(head, final, before, rules, TIME + HOUR_MS)).toBeUndefined();
  });

  test('without a time is asked for by the list alone', () => {
    expect(nextRevisit({ ...head, time: undefined }, open, undefined, rules, TIME)).toBeUndefined();
  });
});

describe('a detail whose later part is not there yet', () => {
  test('is asked for once more, at the next deep re-read', () => {
    expect(hoursAsked(incomplete, TIME)).toEqual([15]);
    expect(hoursAsked(incomplete, TIME + 15 * HOUR_MS)).toEqual([39]);
  });

  test('keeps its turn when the list names it before', () => {
    const before = nextRevisit(head, incomplete, undefined, rules, TIME);

    expect(nextRevisit(head, incomplete, before, rules, TIME + HOUR_MS)).toEqual(before);
  });

  test('has its turn though it was open before', () => {
    const before: Revisit = { head, why: 'open', due: TIME + HOUR_MS, tries: 0 };

    expect(nextRevisit(head, incomplete, before, rules, TIME + HOUR_MS)).toMatchObject({ why: 'incomplete', tries: 0 });
  });

  test('has its turn once more when its row is listed in another state by then', () => {
    const before = nextRevisit(head, incomplete, undefined, rules, TIME);
    const other = { ...head, listed: '1.bb' };

    const hours = [head, other].map((of) => {
      const next = nextRevisit(of, incomplete, before, rules, TIME + 15 * HOUR_MS);
      return next && (next.due - TIME) / HOUR_MS;
    });

    expect(hours).toEqual([undefined, 39]);
  });

  test('stays as it is in a history: nothing comes any more', () => {
    expect(nextRevisit(head, incomplete, undefined, rules, TIME + 31 * DAY_MS)).toBeUndefined();
  });
});

describe('a detail that changes late', () => {
  test('is asked for when the catalogue says so, though it is final', () => {
    expect(hoursAsked(final, TIME + MINUTE_MS, late)).toEqual([6, 48]);
    expect(hoursAsked(final, TIME + 7 * HOUR_MS, late)).toEqual([48]);
    expect(hoursAsked(final, TIME + 49 * HOUR_MS, late)).toEqual([]);
  });

  test('is asked for then, once it is final', () => {
    const before: Revisit = { head, why: 'open', due: TIME + HOUR_MS, tries: 0 };

    expect(nextRevisit(head, final, before, late, TIME + HOUR_MS)).toMatchObject({
      why: 'late',
      due: TIME + 6 * HOUR_MS,
    });
  });

  test('is not asked for twice because of a fraction of a second', () => {
    const fine = { ...head, time: '"2026-03-01T12:00:00.123456Z"' };
    const first = nextRevisit(fine, final, undefined, late, TIME + MINUTE_MS);

    expect(first?.due).toBe(TIME + 6 * HOUR_MS + 1000);
    expect(nextRevisit(fine, final, first, late, first?.due ?? 0)?.due).toBe(TIME + 48 * HOUR_MS + 1000);
  });
});
