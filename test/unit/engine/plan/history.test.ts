import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Checkpoint } from '../../../../functions/engine/checkpoint.ts';
import { unreadByBoth } from '../../../../functions/engine/plan/history.ts';
import { planRun } from '../../../../functions/engine/plan/plan.ts';
import type { StreamSettings } from '../../../../functions/engine/settings.ts';
import type { Span } from '../../../../functions/engine/source.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../support/durations.ts';
import { withDetails } from '../../../support/run/with-details.ts';
import { START_MS, scriptedSettings } from '../../../support/vendor/scripted-vendor.ts';

const NOW = START_MS + 300 * DAY_MS + 5 * HOUR_MS;
const settings: StreamSettings = { ...scriptedSettings, definition: withDetails('crescendo.vocconv') };
const byVersion: StreamSettings = {
  ...settings,
  definition: withDetails('salesloft.conversations'),
  lookbackMs: 15 * MINUTE_MS,
  deep: { at: '03:00', lookbackMs: 2 * DAY_MS },
};

function checkpointAt(watermark: number, more: Partial<Checkpoint> = {}): Checkpoint {
  return { epoch: 0, watermark, start: START_MS, lake: 'memory', updatedAt: 0, run: 'before', ...more };
}

describe('the first run of a detail stream', () => {
  test('begins the deep lookback before now, and leaves what lies before as its history, newest day first', () => {
    const { watermark, fresh, reread, history } = planRun(undefined, settings, NOW);

    expect(watermark).toBe(NOW - 7 * DAY_MS);
    expect(fresh.span).toEqual({ from: watermark, to: NOW });
    expect(reread).toBeUndefined();
    expect(history).toMatchObject({ kind: 'history', span: { from: START_MS, to: watermark }, count: 294 });
    const [first, second] = history ?? [];
    expect(first).toEqual({ from: START_MS + 293 * DAY_MS, to: watermark, kind: 'history' });
    expect(second).toEqual({ from: START_MS + 292 * DAY_MS, to: START_MS + 293 * DAY_MS, kind: 'history' });
  });

  test('begins at start, without a history, where the deep lookback reaches so far', () => {
    const { watermark, fresh, history } = planRun(undefined, settings, START_MS + 7 * DAY_MS);

    expect([watermark, fresh.span.from, history]).toEqual([START_MS, START_MS, undefined]);
  });

  test('begins before what two clocks that are right may differ by, however short the lookbacks are', () => {
    const none = { ...settings, lookbackMs: 0, deep: { at: '03:00', lookbackMs: 0 }, settleMs: MINUTE_MS };

    expect(planRun(undefined, none, NOW).watermark).toBe(NOW - HOUR_MS - MINUTE_MS);
  });

  test('is nothing special where a stream has no details', () => {
    const { watermark, history } = planRun(undefined, scriptedSettings, NOW);

    expect([watermark, history]).toEqual([START_MS, undefined]);
  });

  test('walks by version from there, and reads the history in windows of the rows’ own time', () => {
    const { fresh, history } = planRun(undefined, byVersion, NOW);

    const from = NOW - 2 * DAY_MS;
    expect([...fresh]).toEqual([{ from, to: NOW, kind: 'new' }]);
    expect(history?.span).toEqual({ from: START_MS, to: from });
    expect([...(history ?? [])][0]).toEqual({ from: from - 5 * HOUR_MS, to: from, kind: 'history' });
  });
});

describe('a later run of a detail stream', () => {
  const left = { from: START_MS, to: START_MS + 40 * DAY_MS };

  test('reads what is new from its watermark, however long ago that is, and what is left of the history', () => {
    const { fresh, history } = planRun(checkpointAt(NOW - 60 * DAY_MS, { history: left }), settings, NOW);

    expect(fresh.span).toEqual({ from: NOW - 60 * DAY_MS, to: NOW });
    expect(history?.span).toEqual(left);
  });

  test('has no history once that is read', () => {
    expect(planRun(checkpointAt(NOW - HOUR_MS), settings, NOW).history).toBeUndefined();
  });

  test('keeps its history where start is moved', () => {
    const moved = { ...settings, startMs: START_MS - 100 * DAY_MS };

    expect(planRun(checkpointAt(NOW - HOUR_MS, { history: left }), moved, NOW).history?.span).toEqual(left);
    expect(planRun(checkpointAt(NOW - HOUR_MS), moved, NOW).history).toBeUndefined();
  });

  test('has shorter windows in its history too where they did not fit', () => {
    const { history } = planRun(checkpointAt(NOW, { history: left, window: HOUR_MS }), byVersion, NOW);

    expect([...(history ?? [])][0]).toEqual({ from: left.to - HOUR_MS, to: left.to, kind: 'history' });
  });
});

describe('the history that two runs leave', () => {
  const END = 30;
  /** The record of a run that begins at a watermark, and has got so far with what is new and with its history. */
  const record = fc
    .record({ first: fc.nat(END), moved: fc.nat(END), readDownTo: fc.nat(END) })
    .map(({ first, moved, readDownTo }) => ({
      watermark: first + moved,
      ...(readDownTo > 0 && first > 0 && { history: { from: 0, to: Math.min(first, readDownTo) } }),
    }));
  const isUnread = (at: number, { watermark, history }: { watermark: number; history?: Span }) =>
    at >= watermark || (history !== undefined && history.from <= at && at < history.to);

  test('holds all that neither has read below the later watermark', () => {
    fc.assert(
      fc.property(record, record, (a, b) => {
        const history = unreadByBoth(a, b);
        const both = { watermark: Math.max(a.watermark, b.watermark), ...(history && { history }) };
        for (let at = 0; at < 2 * END; at++) {
          if (isUnread(at, a) && isUnread(at, b)) expect(isUnread(at, both)).toBe(true);
        }
        expect(unreadByBoth(b, a)).toEqual(history);
      }),
    );
  });

  test('is that of the run which has got farther, where both began at the same instant', () => {
    const far = { watermark: 30, history: { from: 0, to: 5 } };

    expect(unreadByBoth({ watermark: 20, history: { from: 0, to: 12 } }, far)).toEqual(far.history);
    expect(unreadByBoth({ watermark: 20, history: { from: 0, to: 12 } }, { watermark: 30 })).toBeUndefined();
  });

  test('ends where the later of them began, as long as the other has not come so far', () => {
    const early = { watermark: 20, history: { from: 0, to: 20 } };
    const late = { watermark: 25, history: { from: 0, to: 25 } };

    expect(unreadByBoth(early, late)).toEqual({ from: 0, to: 25 });
    expect(unreadByBoth({ ...early, watermark: 26 }, late)).toEqual({ from: 0, to: 20 });
  });
});
