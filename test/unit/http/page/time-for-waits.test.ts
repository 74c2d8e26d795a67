import { expect, test } from 'vitest';
import { timeForWaits } from '../../../../functions/http/page/time-for-waits.ts';

const MINUTE_MS = 60_000;

function waitsOf(limitMs: number, patienceMs?: number) {
  let at = Date.UTC(2026, 0, 1);
  const began = at;
  const waits = timeForWaits({ now: () => at, timeLeftMs: () => limitMs - (at - began) }, patienceMs);
  const pass = (ms: number) => {
    at += ms;
  };
  return { waits, pass };
}

test('a wait may not end inside the time that is kept for committing', () => {
  const { waits, pass } = waitsOf(15 * MINUTE_MS);
  expect(waits.leftMs()).toBe(13.5 * MINUTE_MS);

  pass(13 * MINUTE_MS);

  expect(waits.leftMs()).toBe(0.5 * MINUTE_MS);
});

test('a short run keeps a quarter', () => {
  expect(waitsOf(8000).waits.leftMs()).toBe(6000);
});

test('patience lasts from the first thing that was waited for, and is whole again after a page', () => {
  const { waits, pass } = waitsOf(Number.POSITIVE_INFINITY, 15 * MINUTE_MS);
  pass(60 * MINUTE_MS); // nothing had to be waited for: it committed
  expect(waits.leftMs()).toBe(15 * MINUTE_MS);

  pass(10 * MINUTE_MS);
  expect(waits.leftMs()).toBe(5 * MINUTE_MS);

  waits.succeeded();
  pass(10 * MINUTE_MS);
  expect(waits.leftMs()).toBe(15 * MINUTE_MS);
});

test('without an end nothing is waited for longer than a day', () => {
  expect(waitsOf(Number.POSITIVE_INFINITY).waits.leftMs()).toBe(24 * 60 * MINUTE_MS);
});
