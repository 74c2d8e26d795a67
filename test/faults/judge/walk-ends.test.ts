import { expect, test } from 'vitest';
import { encodeCheckpoint } from '../../../functions/engine/checkpoint/codec.ts';
import { encodeRewind } from '../../../functions/engine/checkpoint/rewind-codec.ts';
import { HOUR_MS } from '../../support/durations.ts';
import type { Process } from '../world/wire.ts';
import { type PlannedFrom, WalkEnds } from './walk-ends.ts';

const owner = { stream: 'salesloft.conversations', tenant: 'a' } as const;
const early = HOUR_MS;
const watermark = 2 * HOUR_MS;
const later = 3 * HOUR_MS;
const newEndsMs = 4 * HOUR_MS;
const recorded = {
  epoch: 1,
  watermark,
  start: 0,
  lake: 's3://lake',
  updatedAt: 0,
  run: 'earlier',
};

function endOf(...readings: readonly Partial<PlannedFrom>[]): number | undefined {
  const process = {} as Process;
  const ends = new WalkEnds();
  for (const reading of readings)
    ends.read(process, { checkpoint: undefined, rewind: undefined, newEndsMs, ...reading });
  return ends.of(process);
}

test('a first load reads up to now, less the settle time', () => {
  expect(endOf({})).toBe(newEndsMs);
});

test('a re-read ends at the watermark that the run began at, though another run moves it on meanwhile', () => {
  const moved = {
    checkpoint: encodeCheckpoint({ ...recorded, watermark: later }, owner),
    newEndsMs: newEndsMs + later,
  };

  expect(endOf({ checkpoint: encodeCheckpoint(recorded, owner) }, moved)).toBe(watermark);
});

test('a re-read that goes on ends where it ended when it was begun', () => {
  const reread = { from: 0, to: early, deep: true, place: early };

  expect(endOf({ checkpoint: encodeCheckpoint({ ...recorded, reread }, owner) })).toBe(early);
});

test('a run that begins behind the watermark, by a slow clock, reads up to its own now', () => {
  expect(endOf({ checkpoint: encodeCheckpoint(recorded, owner), newEndsMs: early })).toBe(early);
});

test('a re-read ends where an order to rewind has the run begin', () => {
  const rewind = encodeRewind({ epoch: 2, watermark: early }, owner);

  expect(endOf({ checkpoint: encodeCheckpoint(recorded, owner), rewind })).toBe(early);
});

test('an order to rewind that was carried out changes nothing any more', () => {
  const rewind = encodeRewind({ epoch: 1, watermark: early }, owner);

  expect(endOf({ checkpoint: encodeCheckpoint(recorded, owner), rewind })).toBe(watermark);
});

test('nothing is known of a process that read no record', () => {
  expect(endOf()).toBeUndefined();
});
