import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import type { Checkpoint } from '../../../../functions/engine/checkpoint.ts';
import { latestDailyInstant, nextDailyInstant } from '../../../../functions/engine/plan/daily.ts';
import { planRun } from '../../../../functions/engine/plan/plan.ts';
import {
  cutWindows,
  cutWindowsBackwards,
  dayOf,
  halves,
  SHORTEST_WINDOW_MS,
} from '../../../../functions/engine/plan/window.ts';
import type { StreamSettings } from '../../../../functions/engine/settings.ts';
import type { Span } from '../../../../functions/engine/source.ts';
import { DAY_MS, HOUR_MS } from '../../../support/durations.ts';
import { START_MS, scriptedSettings } from '../../../support/vendor/scripted-vendor.ts';

const NOW = START_MS + 20 * DAY_MS + 5 * HOUR_MS;
const byVersion: StreamSettings = {
  ...scriptedSettings,
  definition: streamDefinition('salesloft.conversations'),
  lookbackMs: HOUR_MS,
  deep: { at: '03:00', lookbackMs: 2 * DAY_MS },
};

/** A checkpoint that owes no deep re-read on the day of `NOW`. */
function checkpointAt(watermark: number, more: Partial<Checkpoint> = {}): Checkpoint {
  const deep = dayOf(NOW) + 3 * HOUR_MS;
  return { epoch: 0, watermark, deep, start: START_MS, lake: 'memory', updatedAt: 0, run: 'before', ...more };
}

/** Windows that touch, do not overlap and cover the span exactly, none longer than `windowMs` or across midnight. */
function expectTiling(windows: readonly Span[], { from, to }: Span, windowMs: number): void {
  let at = from;
  for (const window of windows) {
    expect(window.from).toBe(at);
    expect(window.to).toBeGreaterThan(window.from);
    expect(window.to - window.from).toBeLessThanOrEqual(windowMs);
    expect(dayOf(window.to - 1)).toBe(dayOf(window.from));
    at = window.to;
  }
  expect(at).toBe(Math.max(from, to));
}

const secondsIn = (days: number) => fc.integer({ min: 0, max: days * 86_400 }).map((seconds) => seconds * 1000);
const windowMs = fc.integer({ min: 1800, max: 2 * 86_400 }).map((seconds) => seconds * 1000);
const fewDays = fc.record({
  offset: secondsIn(4),
  length: secondsIn(4),
  windowMs: fc.integer({ min: 600, max: 172_800 }),
});

describe('windows', () => {
  test('cut from the front or from the back touch, do not overlap, cover the span and never cross midnight', () => {
    fc.assert(
      fc.property(fewDays, ({ offset, length, windowMs: seconds }) => {
        const span = { from: START_MS + offset, to: START_MS + offset + length };
        expectTiling([...cutWindows(span, seconds * 1000)], span, seconds * 1000);
        expectTiling([...cutWindowsBackwards(span, seconds * 1000)].reverse(), span, seconds * 1000);
      }),
    );
  });

  test('cut from the back are the same wherever a re-read goes on', () => {
    fc.assert(
      fc.property(fewDays, fc.nat(), ({ offset, length, windowMs: seconds }, pick) => {
        const span = { from: START_MS + offset, to: START_MS + offset + length };
        const all = [...cutWindowsBackwards(span, seconds * 1000)];
        const done = all.length === 0 ? 0 : pick % all.length;

        const rest = cutWindowsBackwards({ from: span.from, to: all[done]?.to ?? span.to }, seconds * 1000);

        expect([...rest]).toEqual(all.slice(done));
      }),
    );
  });

  test('are counted without being worked out, growing ones too', () => {
    const grown = fc.option(
      fc.record({ after: fc.integer({ min: 1, max: 9 }), times: fc.integer({ min: 1, max: 40 }) }),
    );
    fc.assert(
      fc.property(fewDays, grown, ({ offset, length, windowMs: seconds }, growth) => {
        const span = { from: START_MS + offset, to: START_MS + offset + length };
        const growing = growth ? { after: growth.after, mostMs: seconds * 1000 * growth.times } : undefined;
        for (const cut of [cutWindows, cutWindowsBackwards]) {
          const windows = cut(span, seconds * 1000, growing);
          expect(windows.count).toBe([...windows].length);
        }
      }),
    );
  });

  test('fall in two halves on a whole second, down to the shortest', () => {
    fc.assert(
      fc.property(secondsIn(1), fc.integer({ min: 1, max: 900 }), (offset, seconds) => {
        const length = seconds * 1000;
        const span = { from: START_MS + offset, to: START_MS + offset + length };
        const parts = halves(span);

        expect(parts !== undefined).toBe(length >= 2 * SHORTEST_WINDOW_MS);
        if (!parts) return;
        const [earlier, later] = parts;
        expect(earlier).toEqual({ from: span.from, to: later.from });
        expect(later.to).toBe(span.to);
        expect(later.from % 1000).toBe(0);
        expect(Math.abs(later.from - (span.from + span.to) / 2)).toBeLessThan(1000);
      }),
    );
  });
});

describe('what is new', () => {
  test('is everything from the watermark to now less settle, ascending', () => {
    const cases = fc.record({ behind: secondsIn(9), windowMs, hint: fc.option(windowMs), settleMs: secondsIn(1) });
    fc.assert(
      fc.property(cases, ({ behind, windowMs: configured, hint, settleMs }) => {
        const watermark = NOW - behind;
        const checkpoint = checkpointAt(watermark, hint === null ? {} : { window: hint });

        const plan = planRun(checkpoint, { ...scriptedSettings, windowMs: configured, settleMs }, NOW + 999);

        expect(plan.end).toBe(NOW - settleMs);
        expect([...plan.fresh].every(({ kind }) => kind === 'new')).toBe(true);
        expectTiling([...plan.fresh], { from: watermark, to: plan.end }, configured);
        const first = [...plan.fresh].slice(0, 4 * scriptedSettings.concurrency);
        expect(first.every(({ from, to }) => to - from <= Math.min(configured, hint ?? configured))).toBe(true);
      }),
    );
  });

  test('grows from a shorter window back to the configured one, so that months are few windows', () => {
    const watermark = NOW - 90 * DAY_MS;
    const { fresh } = planRun(checkpointAt(watermark, { window: 60_000 }), scriptedSettings, NOW);

    expectTiling([...fresh], { from: watermark, to: NOW }, DAY_MS);
    const lengths = [...fresh].map(({ from, to }) => (to - from) / 60_000);
    expect(lengths.slice(0, 20)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 4, 4, 4, 4]);
    expect(fresh.count).toBeLessThan(90 + 8 * 12);
  });

  test('begins at start without a checkpoint, and then owes no re-read', () => {
    const plan = planRun(undefined, scriptedSettings, NOW);

    expectTiling([...plan.fresh], { from: START_MS, to: NOW }, DAY_MS);
    expect(plan.reread).toBeUndefined();
  });

  test('is nothing where now lies before the watermark, and the re-read goes on', () => {
    const reread = { from: NOW - 3 * DAY_MS, to: NOW, deep: false, place: NOW - DAY_MS };
    const plan = planRun(checkpointAt(NOW, { reread, rereadFrom: NOW - DAY_MS }), scriptedSettings, NOW - 2 * HOUR_MS);

    expect([...plan.fresh]).toEqual([]);
    expect(plan.watermark).toBe(NOW);
    expect(plan.reread?.state).toEqual(reread);
    expect([...(plan.reread?.tasks ?? [])][0]?.to).toBe(NOW - DAY_MS);
  });
});

describe('the re-read', () => {
  const rereads = fc.record({
    watermark: secondsIn(9).map((ms) => NOW - ms),
    since: secondsIn(9),
    lookbackMs: fc.oneof(fc.constant(0), secondsIn(9)),
    deepLookbackMs: fc.oneof(fc.constant(0), secondsIn(12)),
    deepDone: fc.boolean(),
    windowMs: fc.integer({ min: 3600, max: 172_800 }).map((seconds) => seconds * 1000),
  });

  test('covers from the lookback before the point where the last one began to the watermark, newest first, not before start', () => {
    fc.assert(
      fc.property(rereads, ({ watermark, since, lookbackMs, deepLookbackMs, deepDone, windowMs: configured }) => {
        const rereadFrom = watermark - since;
        const settings = {
          ...scriptedSettings,
          lookbackMs,
          deep: { at: '03:00', lookbackMs: deepLookbackMs },
          windowMs: configured,
        };
        const deep = dayOf(NOW) + 3 * HOUR_MS - (deepDone ? 0 : DAY_MS);

        const { reread } = planRun(checkpointAt(watermark, { rereadFrom, deep }), settings, NOW);

        const reachMs = deepDone ? lookbackMs : Math.max(lookbackMs, deepLookbackMs);
        const from = Math.max(START_MS, rereadFrom - reachMs);
        if (reachMs === 0 || from >= watermark) {
          expect(reread).toBeUndefined();
        } else {
          expect(reread?.state).toEqual({ from, to: watermark, deep: !deepDone, place: watermark });
          expect([...(reread?.tasks ?? [])].every(({ kind }) => kind === 're-read')).toBe(true);
          expectTiling([...(reread?.tasks ?? [])].reverse(), { from, to: watermark }, configured);
        }
      }),
    );
  });

  test('under way keeps its span and its place, whatever the watermark, the lookback and the day have become', () => {
    const reread = { from: NOW - 9 * DAY_MS, to: NOW - 5 * DAY_MS, deep: false, place: NOW - 7 * DAY_MS };
    const checkpoint = checkpointAt(NOW - HOUR_MS, { reread, rereadFrom: NOW - 8 * DAY_MS, deep: 0 });

    const plan = planRun(checkpoint, { ...scriptedSettings, lookbackMs: 0 }, NOW);

    expect(plan.reread?.state).toEqual(reread);
    expectTiling([...(plan.reread?.tasks ?? [])].reverse(), { from: reread.from, to: reread.place }, DAY_MS);
  });

  test('after an outage reaches back to before it', () => {
    const watermark = NOW - 10 * DAY_MS;
    const checkpoint = checkpointAt(watermark, { rereadFrom: watermark - HOUR_MS });

    const plan = planRun(checkpoint, { ...scriptedSettings, deep: { at: '03:00', lookbackMs: 0 } }, NOW);

    expect(plan.reread?.state).toMatchObject({ from: watermark - HOUR_MS - DAY_MS, to: watermark });
    expect([...plan.fresh][0]?.from).toBe(watermark);
  });

  test('is not due while the first load goes on', () => {
    expect(planRun(checkpointAt(NOW - 5 * DAY_MS), scriptedSettings, NOW).reread).toBeUndefined();
  });

  test('reaches as far as the caller asks, and no less far than it would anyway', () => {
    const checkpoint = checkpointAt(NOW, { rereadFrom: NOW - HOUR_MS });
    const reach = (askedLookbackMs: number) =>
      planRun(checkpoint, { ...scriptedSettings, askedLookbackMs }, NOW).reread?.state.from;

    expect(reach(5 * DAY_MS)).toBe(NOW - 5 * DAY_MS);
    expect(reach(HOUR_MS)).toBe(NOW - HOUR_MS - DAY_MS);
    expect(reach(90 * DAY_MS)).toBe(START_MS);
  });
});

describe('the daily instant', () => {
  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia'] as const;
  const anyInstant = fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2027, 0) });

  test('is not after now, less than 25 hours before it, and shows the asked time', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 5, max: 23 }), anyInstant, (timeZone, hour, now) => {
        const at = `${String(hour).padStart(2, '0')}:30`;

        const instant = latestDailyInstant(at, timeZone, now);

        expect(instant).toBeLessThanOrEqual(now);
        expect(now - instant).toBeLessThanOrEqual(25 * HOUR_MS);
        const shown = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(
          instant,
        );
        expect(shown).toBe(at);
      }),
    );
  });

  test('that comes next is the one of which none lies between', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 23 }), anyInstant, (timeZone, hour, now) => {
        const at = `${String(hour).padStart(2, '0')}:30`;

        const next = nextDailyInstant(at, timeZone, now);

        expect(next).toBeGreaterThan(now);
        expect(latestDailyInstant(at, timeZone, next)).toBe(next);
        expect(latestDailyInstant(at, timeZone, next - 1)).toBe(latestDailyInstant(at, timeZone, now));
      }),
    );
  });

  test.each([
    ['Europe/Berlin', '02:30', '2026-03-29T01:29:59Z', '2026-03-28T01:30:00Z'],
    ['Europe/Berlin', '02:30', '2026-03-29T01:30:00Z', '2026-03-29T01:30:00Z'], // 02:30 is skipped: 03:30 summer time
    ['Europe/Berlin', '02:30', '2026-03-30T00:29:59Z', '2026-03-29T01:30:00Z'],
    ['Europe/Berlin', '02:30', '2026-10-25T01:45:00Z', '2026-10-25T00:30:00Z'], // 02:30 comes twice: the first counts
    ['America/New_York', '02:30', '2026-03-08T07:30:00Z', '2026-03-08T07:30:00Z'],
    ['America/New_York', '03:00', '2026-11-01T07:59:59Z', '2026-10-31T07:00:00Z'],
    ['America/New_York', '03:00', '2026-11-01T08:00:00Z', '2026-11-01T08:00:00Z'],
  ])('in %s at %s, seen at %s, is %s', (timeZone, at, now, expected) => {
    expect(new Date(latestDailyInstant(at, timeZone, Date.parse(now))).toISOString()).toBe(
      `${expected.slice(0, -1)}.000Z`,
    );
  });

  test.each([
    ['Europe/Berlin', '02:30', '2026-03-26T00:00:00Z'],
    ['Europe/Berlin', '02:30', '2026-10-22T00:00:00Z'],
    ['America/New_York', '02:30', '2026-03-05T00:00:00Z'],
    ['America/New_York', '01:30', '2026-10-29T00:00:00Z'],
  ])('makes the deep re-read due once a day in %s at %s around %s', (timeZone, at, from) => {
    const settings = { ...scriptedSettings, startMs: 0, timeZone, deep: { at, lookbackMs: 2 * DAY_MS } };
    let deep = planRun(undefined, settings, Date.parse(from)).deep;
    let due = 0;

    // A run every ten minutes for seven days, each of which begins what it owes.
    for (let now = Date.parse(from); now < Date.parse(from) + 7 * DAY_MS; now += 600_000) {
      const plan = planRun(checkpointAt(now, { deep, rereadFrom: now - HOUR_MS }), settings, now);
      if (!plan.reread?.state.deep) continue;
      due++;
      deep = plan.deep;
    }

    expect(due).toBe(7);
  });
});

describe('a walk by version', () => {
  const lookbackMs = byVersion.lookbackMs;

  test('begins at start while nothing was ever seen', () => {
    expect([...planRun(undefined, byVersion, NOW).fresh]).toEqual([{ from: START_MS, to: NOW, kind: 'new' }]);
    expect(planRun(checkpointAt(NOW - HOUR_MS), byVersion, NOW).fresh.span.from).toBe(START_MS);
  });

  test('begins the lookback before the watermark, the newest version seen or what is owed, whichever is older, not before start', () => {
    const cases = fc.record({ watermark: secondsIn(25), seen: secondsIn(25), owed: fc.option(secondsIn(25)) });
    fc.assert(
      fc.property(cases, ({ watermark, seen, owed }) => {
        const checkpoint = checkpointAt(NOW - watermark, {
          seen: NOW - seen,
          ...(owed === null ? {} : { owed: NOW - owed }),
        });

        const { fresh } = planRun(checkpoint, byVersion, NOW);

        const oldest = Math.min(NOW - watermark - lookbackMs, NOW - seen - lookbackMs, NOW - (owed ?? 0));
        expect([...fresh]).toEqual([{ from: Math.max(START_MS, oldest), to: NOW, kind: 'new' }]);
      }),
    );
  });

  test('goes on at the bookmark of where it was cut short', () => {
    const walk = { at: '2026-03-20T00:00:00.000001Z', tied: { createdFrom: '2026-01-01T00:00:00Z' } };

    const { fresh } = planRun(checkpointAt(NOW - DAY_MS, { seen: NOW, walk }), byVersion, NOW);

    expect([...fresh]).toEqual([{ from: NOW - DAY_MS - lookbackMs, to: NOW, kind: 'new', bookmark: walk }]);
  });

  test('covers the ordinary lookback itself: only the deep re-read is separate, as one walk that resumes', () => {
    const walk = { at: '2026-03-20T00:00:00Z' };
    const owing = checkpointAt(NOW, { seen: NOW, rereadFrom: NOW - HOUR_MS, deep: 0 });
    const state = { from: NOW - HOUR_MS - 2 * DAY_MS, to: NOW, deep: true, place: NOW };

    expect(planRun({ ...owing, deep: NOW }, byVersion, NOW).reread).toBeUndefined();
    const { reread } = planRun(owing, byVersion, NOW);
    expect(reread?.state).toEqual(state);
    expect([...(reread?.tasks ?? [])]).toEqual([{ from: state.from, to: state.to, kind: 're-read' }]);
    const resumed = planRun({ ...owing, reread: { ...state, walk } }, byVersion, NOW).reread;
    expect([...(resumed?.tasks ?? [])]).toEqual([{ from: state.from, to: state.to, kind: 're-read', bookmark: walk }]);
  });

  test('is nothing where now lies before what it would begin with', () => {
    expect(planRun(checkpointAt(NOW, { seen: NOW }), byVersion, NOW - 2 * HOUR_MS).fresh.count).toBe(0);
  });
});
