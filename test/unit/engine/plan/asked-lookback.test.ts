import { expect, test } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import type { Checkpoint, Reread } from '../../../../functions/engine/checkpoint.ts';
import { planRun } from '../../../../functions/engine/plan/plan.ts';
import type { StreamSettings } from '../../../../functions/engine/settings.ts';
import { DAY_MS } from '../../../support/durations.ts';

const now = Date.UTC(2026, 2, 20, 12);
const watermark = now - 3_600_000;

const settings: StreamSettings = {
  definition: streamDefinition('crescendo.vocconv'),
  tenant: 'alpha',
  startMs: now - 60 * DAY_MS,
  lookbackMs: DAY_MS,
  deep: { at: '03:00', lookbackMs: 7 * DAY_MS },
  timeZone: 'UTC',
  settleMs: 0,
  windowMs: DAY_MS,
  concurrency: 1,
  lake: './lake',
};

const checkpoint: Checkpoint = {
  epoch: 0,
  watermark,
  rereadFrom: watermark,
  deep: Date.UTC(2026, 2, 20, 3),
  start: settings.startMs,
  lake: './lake',
  updatedAt: now,
  run: 'earlier',
};

function plannedReread(asked: number | undefined, there: Partial<Checkpoint> = {}): Reread | undefined {
  const asking = asked === undefined ? settings : { ...settings, lookbackMs: asked, askedLookbackMs: asked };
  return planRun({ ...checkpoint, ...there }, asking, now).reread?.state;
}

const underWay: Reread = {
  from: watermark - 3 * DAY_MS,
  to: watermark - DAY_MS,
  deep: true,
  place: watermark - 2 * DAY_MS,
};

test('reads as far back as asked instead of the configured lookback', () => {
  expect(plannedReread(undefined)).toMatchObject({ from: watermark - DAY_MS, to: watermark });
  expect(plannedReread(5 * DAY_MS)).toMatchObject({ from: watermark - 5 * DAY_MS, to: watermark, place: watermark });
  expect(plannedReread(3_600_000)).toMatchObject({ from: watermark - 3_600_000 });
  expect(plannedReread(0)).toBeUndefined();
});

test('takes a re-read that is under way into one that was asked to reach farther', () => {
  expect(plannedReread(5 * DAY_MS, { reread: underWay })).toEqual({
    from: watermark - 5 * DAY_MS,
    to: watermark,
    deep: true,
    place: watermark,
  });
});

test('goes on with a re-read that reaches as far as asked, so that short runs get to its end', () => {
  expect(plannedReread(2 * DAY_MS, { reread: underWay })).toEqual(underWay);
});

test('reads back as asked even where a first load owes no re-read yet', () => {
  const { rereadFrom: _, ...firstLoad } = checkpoint;

  const asked = planRun(firstLoad, { ...settings, askedLookbackMs: 2 * DAY_MS }, now).reread?.state;

  expect(planRun(firstLoad, settings, now).reread).toBeUndefined();
  expect(asked).toMatchObject({ from: watermark - 2 * DAY_MS, to: watermark });
});

test('never asks for rows before the start', () => {
  expect(plannedReread(100 * DAY_MS)?.from).toBe(settings.startMs);
});

test('keeps the deep re-read where that is due and reaches farther', () => {
  const due = { deep: Date.UTC(2026, 2, 19, 3) };

  expect(plannedReread(3_600_000, due)).toMatchObject({ from: watermark - 7 * DAY_MS, deep: true });
});
