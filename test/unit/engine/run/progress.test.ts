import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import type { Checkpoint } from '../../../../functions/engine/checkpoint.ts';
import { noTasks, planRun } from '../../../../functions/engine/plan/plan.ts';
import { checkpointNow, type Progress } from '../../../../functions/engine/run/progress.ts';
import { Tally } from '../../../../functions/engine/run/tally.ts';
import { Ledger } from '../../../../functions/engine/run/tasks/ledger.ts';
import type { TaskState } from '../../../../functions/engine/run/tasks/task-state.ts';
import type { StreamSettings } from '../../../../functions/engine/settings.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../support/durations.ts';
import { START_MS, scriptedSettings } from '../../../support/vendor/scripted-vendor.ts';

const NOW = START_MS + 20 * DAY_MS;
const byVersion: StreamSettings = {
  ...scriptedSettings,
  definition: streamDefinition('salesloft.conversations'),
  lookbackMs: HOUR_MS,
  deep: { at: '03:00', lookbackMs: 2 * DAY_MS },
};
const iso = (ms: number) => new Date(ms).toISOString();

function checkpointAt(watermark: number, more: Partial<Checkpoint> = {}): Checkpoint {
  const deep = NOW - DAY_MS + 3 * HOUR_MS;
  return { epoch: 0, watermark, deep, start: START_MS, lake: 'memory', updatedAt: 0, run: 'before', ...more };
}

/** A run over what is planned at `now`, with every task begun that the ledger gives out. */
function progressAt(now: number, base?: Checkpoint, settings: StreamSettings = scriptedSettings): Progress {
  const plan = planRun(base, settings, now);
  const ledger = new Ledger(
    { fresh: plan.fresh, reread: plan.reread?.tasks ?? noTasks('re-read', 0) },
    settings.definition.readBy,
  );
  const times = { planningNow: now, now, ended: true };
  return { base, plan, ledger, tally: new Tally(new Map()), settings, runId: 'run', ...times };
}

const begun = new WeakMap<Ledger, Record<'fresh' | 'reread', TaskState[]>>();

/** The states of the list's tasks, so many of which are begun. */
function statesOf({ ledger }: Progress, list: 'fresh' | 'reread', count: number): readonly TaskState[] {
  const taken = begun.get(ledger) ?? { fresh: [], reread: [] };
  begun.set(ledger, taken);
  while (taken[list].length < count) {
    const state = ledger.take();
    if (!state) throw new Error(`there are not ${count} tasks`);
    taken[state.task.kind === 'new' ? 'fresh' : 'reread'].push(state);
  }
  return taken[list];
}

/** Begins tasks until those at `picks` in the list are taken, and gives them the status. */
function mark(
  progress: Progress,
  list: 'fresh' | 'reread',
  picks: readonly number[],
  status: TaskState['status'],
): void {
  const states = statesOf(progress, list, Math.max(0, ...picks.map((pick) => pick + 1)));
  for (const pick of picks) {
    const state = states[pick];
    if (!state) throw new Error(`there is no task ${pick}`);
    if (status === 'committed') progress.ledger.commit(state);
    else if (status === 'read') progress.ledger.read(state);
    else if (status === 'waiting') progress.ledger.again(state);
    else state.status = status;
  }
}

/** Every place in the list. */
function placesOf({ plan }: Progress, list: 'fresh' | 'reread'): number[] {
  return [...(list === 'fresh' ? plan.fresh : (plan.reread?.tasks ?? []))].map((_, place) => place);
}

function commitAll(progress: Progress, list: 'fresh' | 'reread'): void {
  mark(progress, list, placesOf(progress, list), 'committed');
}

describe('the watermark', () => {
  test('is the end of the last window of an unbroken run of committed ones, whatever order they end in', () => {
    const statuses = fc.array(fc.constantFrom('waiting', 'reading', 'read', 'committed', 'cut'), {
      minLength: 6,
      maxLength: 6,
    });
    fc.assert(
      fc.property(statuses, (of) => {
        const progress = progressAt(NOW, checkpointAt(NOW - 6 * DAY_MS));
        statesOf(progress, 'fresh', of.length);
        for (const [i, status] of of.entries()) mark(progress, 'fresh', [i], status);

        const gap = of.findIndex((status) => status !== 'committed');
        expect(checkpointNow(progress).watermark).toBe(NOW - (gap < 0 ? 0 : 6 - gap) * DAY_MS);
      }),
    );
  });

  test('stays where it is when now lies before it', () => {
    expect(checkpointNow(progressAt(NOW - DAY_MS, checkpointAt(NOW))).watermark).toBe(NOW);
  });

  test('does not pass a window that was split until both parts are committed', () => {
    const progress = progressAt(NOW, checkpointAt(NOW - 2 * DAY_MS));
    const [first] = statesOf(progress, 'fresh', 2);
    const middle = NOW - 1.5 * DAY_MS;
    if (first)
      progress.ledger.split(first, [
        { from: NOW - 2 * DAY_MS, to: middle },
        { from: middle, to: NOW - DAY_MS },
      ]);
    // The first part, and the window behind the split one.
    mark(progress, 'fresh', [2, 1], 'committed');

    expect(checkpointNow(progress).watermark).toBe(middle);
  });
});

describe('the re-read', () => {
  const owing = checkpointAt(NOW - HOUR_MS, { rereadFrom: NOW - 5 * DAY_MS });

  test('is not in the checkpoint before it has begun', () => {
    expect(checkpointNow(progressAt(NOW, owing)).reread).toBeUndefined();
  });

  test('keeps its span from when it began, and its place moves over unbroken committed windows, newest first', () => {
    const progress = progressAt(NOW, owing);
    mark(progress, 'reread', [0, 1, 3], 'committed');

    const { reread, rereadFrom } = checkpointNow(progress);

    // The day of the watermark is not whole: its window is the first of the re-read, and the day before it the second.
    expect(reread).toEqual({
      from: NOW - 6 * DAY_MS,
      to: NOW - HOUR_MS,
      deep: false,
      place: NOW - 2 * DAY_MS,
      since: NOW,
    });
    expect(rereadFrom).toBe(NOW - 5 * DAY_MS);
  });

  test('once finished leaves the watermark at which it began as the point to go back from', () => {
    const progress = progressAt(NOW, owing);
    commitAll(progress, 'fresh');
    commitAll(progress, 'reread');

    expect(checkpointNow(progress)).toMatchObject({ watermark: NOW, rereadFrom: NOW - HOUR_MS });
    expect(checkpointNow(progress).reread).toBeUndefined();
  });

  test('goes on in the next run where this one left it', () => {
    const first = progressAt(NOW, owing);
    mark(first, 'reread', [0, 1], 'committed');

    const second = progressAt(NOW + HOUR_MS, checkpointNow(first));

    const [before, after] = [first, second].map(({ plan }) => [...(plan.reread?.tasks ?? [])]);
    expect(after).toEqual(before?.slice(2));
    expect(after).not.toHaveLength(0);
  });

  test('is not owed by a first load until that has come near to now, and then from where it has come to', () => {
    const first = progressAt(NOW);
    mark(first, 'fresh', [...Array(15).keys()], 'committed');
    const base = checkpointNow(first);
    const second = progressAt(NOW + HOUR_MS, base);
    commitAll(second, 'fresh');

    expect(base).toMatchObject({ watermark: NOW - 5 * DAY_MS });
    expect(base.rereadFrom).toBeUndefined();
    expect(second.plan.reread).toBeUndefined();
    expect(checkpointNow(second).rereadFrom).toBe(NOW + HOUR_MS);
  });

  test('is owed from where a first load was near to now as it was planned, however late that is written down', () => {
    const progress = { ...progressAt(NOW), planningNow: NOW + 3 * DAY_MS, now: NOW + 3 * DAY_MS };
    mark(progress, 'fresh', [...Array(19).keys()], 'committed');

    const { watermark, rereadFrom } = checkpointNow(progress);

    expect(watermark).toBe(NOW - DAY_MS);
    expect(rereadFrom).toBe(watermark);
  });

  test('with no lookback at all is never owed', () => {
    const settings = { ...scriptedSettings, lookbackMs: 0, deep: { at: '03:00', lookbackMs: 0 } };
    const progress = progressAt(NOW, checkpointAt(NOW - DAY_MS, { rereadFrom: NOW - DAY_MS }), settings);
    commitAll(progress, 'fresh');

    expect(checkpointNow(progress).rereadFrom).toBe(NOW);
  });
});

describe('the deep re-read', () => {
  const yesterday = NOW - DAY_MS + 3 * HOUR_MS;
  const at = NOW + 4 * HOUR_MS;
  const owing = checkpointAt(NOW, { rereadFrom: NOW, deep: yesterday });

  test('counts for its day once it has begun, not before', () => {
    const progress = progressAt(at, owing);
    expect(checkpointNow(progress).deep).toBe(yesterday);

    mark(progress, 'reread', [0], 'cut');

    expect(checkpointNow(progress)).toMatchObject({ deep: NOW + 3 * HOUR_MS, reread: { deep: true } });
  });

  test('that began yesterday and goes on today does not count for today', () => {
    const reread = { from: NOW - 8 * DAY_MS, to: NOW - DAY_MS, deep: true, place: NOW - 6 * DAY_MS };
    const progress = progressAt(at, { ...owing, reread });
    commitAll(progress, 'reread');

    expect(checkpointNow(progress).deep).toBe(yesterday);
  });

  test('of the day of a first load is not owed', () => {
    expect(checkpointNow(progressAt(at)).deep).toBe(NOW + 3 * HOUR_MS);
  });
});

describe('the window hint', () => {
  const hinted = (base: Checkpoint | undefined, change: (progress: Progress) => void, ended = true) => {
    const progress = { ...progressAt(NOW, base), ended };
    change(progress);
    return checkpointNow(progress).window;
  };
  const behind = checkpointAt(NOW - 3 * DAY_MS);

  test('is half of the window when the first one was cut short, even if a later one finished beside it', () => {
    expect(hinted(behind, (progress) => mark(progress, 'fresh', [0], 'cut'))).toBe(DAY_MS / 2);
    const beside = (progress: Progress) => {
      mark(progress, 'fresh', [0], 'cut');
      mark(progress, 'fresh', [1, 2], 'committed');
    };
    expect(hinted(behind, beside)).toBe(DAY_MS / 2);
    expect(hinted({ ...behind, window: 90_000 }, beside)).toBe(MINUTE_MS);
  });

  test('is half of the window when the first of the re-read was cut short and nothing is new', () => {
    const reread = { from: NOW - 3 * DAY_MS, to: NOW, deep: false, place: NOW };
    const base = checkpointAt(NOW, { reread });

    expect(hinted(base, (progress) => mark(progress, 'reread', [0], 'cut'))).toBe(DAY_MS / 2);
  });

  test('is half of the window when a cursor was refused, though all was committed', () => {
    const refused = (progress: Progress) => {
      commitAll(progress, 'fresh');
      progress.tally.refusedMs = 17_000; // the last one before now is as short as it happens to be
    };

    expect(hinted(behind, refused)).toBe(DAY_MS / 2);
  });

  test('is that of the windows that had grown and fitted when one twice as long was refused', () => {
    const grown = (progress: Progress) => {
      commitAll(progress, 'fresh');
      progress.tally.refusedMs = 8 * HOUR_MS;
    };

    expect(hinted({ ...behind, window: HOUR_MS }, grown)).toBe(4 * HOUR_MS);
  });

  test('stays when a later window was cut short behind committed ones', () => {
    const later = (progress: Progress) => {
      mark(progress, 'fresh', [0], 'committed');
      mark(progress, 'fresh', [1], 'cut');
    };

    expect(hinted({ ...behind, window: 2 * HOUR_MS }, later)).toBe(2 * HOUR_MS);
    expect(hinted(behind, later)).toBeUndefined();
  });

  test('doubles with a run that committed all, until it is the configured window', () => {
    const all = (progress: Progress) => commitAll(progress, 'fresh');

    expect(hinted({ ...behind, window: 2 * HOUR_MS }, all)).toBe(4 * HOUR_MS);
    expect(hinted({ ...behind, window: 12 * HOUR_MS }, all)).toBeUndefined();
  });

  test('doubles with a run that got through many windows for each that is read at the same time, though not through all', () => {
    const many = (progress: Progress) =>
      mark(progress, 'fresh', [...Array(4 * scriptedSettings.concurrency).keys()], 'committed');
    const base = { ...behind, window: 2 * HOUR_MS };

    expect(hinted(base, many)).toBe(4 * HOUR_MS);
    expect(hinted(base, (progress) => mark(progress, 'fresh', [0, 1, 2], 'committed'))).toBe(2 * HOUR_MS);
    const cutBefore = (progress: Progress) => {
      mark(
        progress,
        'fresh',
        [...Array(4 * scriptedSettings.concurrency).keys()].map((place) => place + 1),
        'committed',
      );
      mark(progress, 'fresh', [0], 'cut');
    };
    expect(hinted(base, cutBefore)).toBe(HOUR_MS);
  });

  test('is left alone until the run has ended', () => {
    const cut = (progress: Progress) => mark(progress, 'fresh', [0], 'cut');

    expect(hinted({ ...behind, window: 2 * HOUR_MS }, cut, false)).toBe(2 * HOUR_MS);
  });
});

describe('a walk by version', () => {
  const base = checkpointAt(NOW - DAY_MS, { seen: NOW - 2 * DAY_MS });

  /** The run's one walk, its rows read up to `readMs` and, where a bookmark is given, committed up to there. */
  function walked(from: Checkpoint, readMs: number, status: TaskState['status'], bookmarkMs?: number): Checkpoint {
    const progress = progressAt(NOW, from, byVersion);
    mark(progress, 'fresh', [0], status);
    const { walk } = progress.ledger.fresh;
    if (walk?.pages && bookmarkMs !== undefined) walk.pages.committed = { at: iso(bookmarkMs) };
    progress.tally.newestVersion = readMs * 1000 + 999;
    return checkpointNow(progress);
  }

  test('that is committed moves the watermark to its end and keeps the newest version, in whole milliseconds', () => {
    expect(walked(base, NOW - HOUR_MS, 'committed')).toMatchObject({ watermark: NOW, seen: NOW - HOUR_MS });
  });

  test('that was cut short moves the watermark to the committed bookmark and keeps it', () => {
    const bookmark = NOW - 5 * HOUR_MS;

    expect(walked(base, NOW - HOUR_MS, 'cut', bookmark)).toMatchObject({
      watermark: bookmark,
      seen: bookmark,
      walk: { at: iso(bookmark) },
    });
  });

  test('takes the watermark back under no circumstances', () => {
    expect(walked(base, NOW - DAY_MS, 'cut', NOW - 2 * DAY_MS).watermark).toBe(NOW - DAY_MS);
  });

  test('whose rows were read but not committed leaves the newest version where it was: the next walk begins before them', () => {
    expect(walked(base, NOW - HOUR_MS, 'cut')).toMatchObject({ watermark: NOW - DAY_MS, seen: NOW - 2 * DAY_MS });
    expect(walked(base, NOW - HOUR_MS, 'read')).toMatchObject({ watermark: NOW - DAY_MS, seen: NOW - 2 * DAY_MS });
  });

  test('cut short near to now owes the lookback before its bookmark, until a walk has begun there', () => {
    const bookmark = NOW - MINUTE_MS;
    const cut = walked(base, bookmark, 'cut', bookmark);
    const resumed = progressAt(NOW + MINUTE_MS, cut, byVersion);
    commitAll(resumed, 'fresh');
    const whole = progressAt(NOW + 2 * MINUTE_MS, checkpointNow(resumed), byVersion);
    commitAll(whole, 'fresh');

    expect(cut.owed).toBe(bookmark - HOUR_MS);
    expect(checkpointNow(resumed).owed).toBe(bookmark - HOUR_MS);
    expect(checkpointNow(resumed).walk).toBeUndefined();
    expect(whole.plan.fresh.span.from).toBe(bookmark - HOUR_MS);
    expect(checkpointNow(whole).owed).toBeUndefined();
  });

  test('that got nowhere still owes what was owed', () => {
    const owing = { ...base, owed: NOW - 5 * DAY_MS };

    expect(walked(owing, NOW - HOUR_MS, 'cut').owed).toBe(NOW - 5 * DAY_MS);
    expect(walked(owing, NOW - HOUR_MS, 'waiting').owed).toBe(NOW - 5 * DAY_MS);
  });

  test('keeps the place of a deep re-read that was cut short', () => {
    const progress = progressAt(NOW + 4 * HOUR_MS, { ...base, rereadFrom: NOW - DAY_MS }, byVersion);
    mark(progress, 'reread', [0], 'cut');
    const { walk } = progress.ledger.reread;
    if (walk?.pages) walk.pages.committed = { at: iso(NOW - 2 * DAY_MS) };

    expect(checkpointNow(progress).reread).toMatchObject({ deep: true, walk: { at: iso(NOW - 2 * DAY_MS) } });
  });
});

describe('over many runs', () => {
  const steps = fc.array(
    fc.record({
      afterMinutes: fc.integer({ min: 5, max: 3 * 1440 }),
      windowHours: fc.constantFrom(3, 7, 24),
      fresh: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      reread: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 12 },
  );
  const lookbackMs = DAY_MS;
  const settings: StreamSettings = { ...scriptedSettings, deep: { at: '03:00', lookbackMs: 0 } };

  test('every instant that is no longer re-read was read once it was older than the lookback, and none lies unread below the watermark', () => {
    fc.assert(
      fc.property(steps, (runs) => {
        const reads: { from: number; to: number; at: number }[] = [];
        let checkpoint: Checkpoint | undefined;
        let now = START_MS + 2 * DAY_MS;
        const runOnce = (windowMs: number, commits: (list: 'fresh' | 'reread', i: number) => boolean) => {
          const progress = progressAt(now, checkpoint, { ...settings, windowMs });
          for (const list of ['fresh', 'reread'] as const) {
            const picks = placesOf(progress, list).filter((i) => commits(list, i));
            mark(progress, list, picks, 'committed');
            for (const pick of picks) {
              const task = statesOf(progress, list, 0)[pick]?.task;
              if (task) reads.push({ from: task.from, to: task.to, at: now });
            }
          }
          checkpoint = checkpointNow(progress);
          expectRead(reads, START_MS, checkpoint.watermark, 0);
          const final = (checkpoint.rereadFrom ?? checkpoint.watermark) - lookbackMs;
          expectRead(reads, START_MS, Math.min(final, checkpoint.reread?.from ?? final), lookbackMs);
        };

        for (const { afterMinutes, windowHours, fresh, reread } of runs) {
          now += afterMinutes * MINUTE_MS;
          runOnce(windowHours * HOUR_MS, (list, i) => (list === 'fresh' ? fresh : reread)[i] ?? true);
        }
        now += HOUR_MS;
        for (let i = 0; i < 2; i++) runOnce(DAY_MS, () => true);

        expect(checkpoint).toMatchObject({ watermark: now, rereadFrom: now });
      }),
    );
  });

  /** Every half hour of the span lies in a read that came at least `laterMs` after it. */
  function expectRead(
    reads: readonly { from: number; to: number; at: number }[],
    from: number,
    to: number,
    laterMs: number,
  ) {
    for (let t = from; t < to; t += 30 * MINUTE_MS) {
      if (!reads.some((read) => read.from <= t && t < read.to && read.at >= t + laterMs)) {
        expect.fail(`${iso(t)} was not read ${laterMs} ms later or after`);
      }
    }
  }
});
