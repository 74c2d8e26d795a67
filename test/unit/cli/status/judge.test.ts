import { describe, expect, test } from 'vitest';
import { type Evidence, type Health, isWell, judge } from '../../../../cli/status/judge.ts';
import type { LiveRun } from '../../../../cli/status/recent-runs.ts';
import type { Checkpoint } from '../../../../functions/engine/checkpoint.ts';
import { ConvlakeError } from '../../../../functions/engine/errors.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../support/durations.ts';
import { configuredStream, liveRun } from '../../../support/run/sample-status.ts';

const NOW = Date.parse('2026-05-20T12:00:00Z');
/** Three turns of an hour, the settle of two minutes, two looks of the watch. */
const LATE_MS = 3 * HOUR_MS + 2 * MINUTE_MS + 30 * MINUTE_MS;

const stream = configuredStream({ every: '1 hour', settle: '2 minutes' });
const checkpoint = (fields: Partial<Checkpoint> = {}): Checkpoint => ({
  epoch: 0,
  watermark: NOW - HOUR_MS,
  rereadFrom: NOW - HOUR_MS,
  newestRow: NOW - 2 * HOUR_MS,
  start: stream.startMs,
  lake: './lake',
  updatedAt: NOW - HOUR_MS,
  run: 'run-1',
  ...fields,
});
const failed = (code: string, message = 'something is wrong: fix it'): LiveRun =>
  liveRun({ outcome: 'failed', error: { code, message } });

interface Given extends Partial<Evidence> {
  readonly watermark?: number;
  readonly of?: Partial<Checkpoint>;
}

const well = { last: liveRun({ startedAt: '2026-05-20T11:00:00.000Z' }), failures: 0 };

function judged({ watermark, of, ...given }: Given) {
  const held = checkpoint({ ...(watermark !== undefined && { watermark }), ...of });
  const records = { checkpoint: held, rewind: undefined };
  return judge({ stream, lake: './lake', records, runs: well, ...given }, NOW);
}

const none = { checkpoint: undefined, rewind: undefined };
const noRuns = { last: undefined, failures: 0 };
const unreadable = new ConvlakeError('checkpoint-unreadable', 'stop-stream', 'cannot make sense of it: put it back');

describe('the health of a stream', () => {
  test.each<[Health, string, Given]>([
    ['ok', 'that was read up to an hour ago', {}],
    ['ok', 'that is as old as it may be', { watermark: NOW - LATE_MS }],
    ['late', 'that is older', { watermark: NOW - LATE_MS - 1 }],
    ['ok', 'whose watermark is ahead by the skew of two clocks', { watermark: NOW + HOUR_MS }],
    ['clock ahead', 'whose watermark is farther ahead', { watermark: NOW + HOUR_MS + 1 }],
    ['paused', 'that is disabled, whatever else', { stream: { ...stream, enabled: false }, watermark: NOW + DAY_MS }],
    ['never ran', 'without a checkpoint and without a run', { records: none, runs: noRuns }],
    [
      'failing',
      'whose last run failed, however fresh it is',
      { runs: { last: failed('object-corrupt'), failures: 1 } },
    ],
    [
      'failing',
      'whose first runs failed',
      { records: none, runs: { last: failed('credential-missing'), failures: 2 } },
    ],
    [
      'clock ahead',
      'whose runs fail for it',
      { watermark: NOW + DAY_MS, runs: { last: failed('clock-ahead'), failures: 2 } },
    ],
    [
      'waiting for vendor',
      'whose last run the vendor ended',
      { runs: { last: liveRun({ outcome: 'out of time', stoppedBy: 'vendor' }), failures: 0 } },
    ],
    [
      'ok',
      'whose last run the vendor ended in its history',
      { runs: { last: liveRun({ outcome: 'out of time', stoppedBy: 'vendor', left: 'history' }), failures: 0 } },
    ],
    [
      'ok',
      'whose last run was out of time and came near to now',
      { runs: { last: liveRun({ outcome: 'out of time', stoppedBy: 'time' }), failures: 0 } },
    ],
    ['unknown', 'whose checkpoint cannot be read', { records: unreadable, runs: noRuns }],
    [
      'failing',
      'whose checkpoint cannot be read by its runs either',
      { records: unreadable, runs: { last: failed('checkpoint-unreadable'), failures: 3 } },
    ],
  ])('is %s: one %s', (health, _, given) => {
    expect(judged(given).health).toBe(health);
  });

  test('is judged by its own schedule and settle', () => {
    const daily = configuredStream({ every: '1 day', settle: '0' });
    const watermark = NOW - 3 * DAY_MS - 30 * MINUTE_MS;

    expect(judged({ stream: daily, watermark }).health).toBe('ok');
    expect(judged({ stream: daily, watermark: watermark - 1 }).health).toBe('late');
  });

  test('is judged by where the next run begins, where a rewind was ordered', () => {
    const rewind = { epoch: 1, watermark: NOW - 30 * DAY_MS };
    const records = (of: Partial<Checkpoint>) => ({ checkpoint: checkpoint(of), rewind });

    expect(judged({ records: records({}) })).toEqual({
      health: 'late',
      toFix: 'the next run begins at 2026-04-20 12:00:00Z, as was ordered',
    });
    expect(judged({ records: records({ epoch: 1 }) }).health).toBe('ok');
    expect(judged({ records: records({ watermark: NOW + DAY_MS }) }).health).toBe('late');
  });

  test('lets a check pass for ok and paused, and for nothing else', () => {
    const healths: Health[] = [
      'ok',
      'late',
      'failing',
      'waiting for vendor',
      'never ran',
      'paused',
      'clock ahead',
      'unknown',
    ];

    expect(healths.filter(isWell)).toEqual(['ok', 'paused']);
  });
});

describe('what to do about a stream', () => {
  const old = NOW - 2 * DAY_MS;
  const recent = { startedAt: '2026-05-20T11:00:00.000Z' };

  test.each<[string, Given, RegExp]>([
    [
      'that fails: what its error says',
      { runs: { last: failed('object-corrupt'), failures: 1 } },
      /^something is wrong: fix it$/,
    ],
    ['that cannot be read: what its error says', { records: unreadable }, /put it back/],
    [
      'that never ran',
      { records: none, runs: noRuns },
      /start one with: convlake export --stream crescendo\.vocconv --tenant tenant-alpha$/,
    ],
    [
      'that waits',
      { runs: { last: liveRun({ outcome: 'out of time', stoppedBy: 'vendor' }), failures: 0 } },
      /the vendor wanted it to wait; the next one goes on/,
    ],
    ['whose clock is ahead', { watermark: NOW + DAY_MS }, /convlake rewind --stream .* --yes$/],
    [
      'that is late while a run is at work',
      { watermark: old, of: { claim: { run: 'r', until: NOW + 1000 } } },
      /^a run is at work, until 2026-05-20 12:00:01Z/,
    ],
    [
      'that is late since no run has ended',
      {
        watermark: old,
        runs: { last: liveRun({ startedAt: '2026-05-18T12:00:00.000Z', tookMs: 60_000 }), failures: 0 },
      },
      /^no run has ended since 2026-05-18 12:01:00Z, and one is due every 1 hour; start one with: convlake export/,
    ],
    [
      'that is late, and only its checkpoint tells when it was written',
      { watermark: old, of: { updatedAt: old }, runs: noRuns },
      /^no run has ended since 2026-05-18 12:00:00Z/,
    ],
    [
      'that is catching up',
      {
        watermark: old,
        runs: { last: liveRun({ ...recent, outcome: 'out of time', stoppedBy: 'time' }), failures: 0 },
      },
      /^it is catching up/,
    ],
    [
      'that is late though its run ended well',
      { watermark: old, runs: { last: liveRun(recent), failures: 0 } },
      /old all the same/,
    ],
  ])('%s', (_, given, told) => {
    expect(judged(given).toFix).toMatch(told);
  });

  test('that is ok or paused is nothing', () => {
    expect(judged({}).toFix).toBeNull();
    expect(
      judged({ stream: { ...stream, enabled: false }, runs: { last: failed('x'), failures: 1 } }).toFix,
    ).toBeNull();
  });

  test('that failed for what a rewind puts right is to wait for the rewind that was ordered', () => {
    const records = {
      checkpoint: checkpoint({ watermark: NOW + DAY_MS }),
      rewind: { epoch: 1, watermark: NOW - DAY_MS },
    };

    expect(judged({ records, runs: { last: failed('clock-ahead'), failures: 2 } })).toEqual({
      health: 'failing',
      toFix: 'the next run begins at 2026-05-19 12:00:00Z, as was ordered',
    });
    expect(judged({ records, runs: { last: failed('object-corrupt'), failures: 2 } }).toFix).toContain('fix it');
  });
});
