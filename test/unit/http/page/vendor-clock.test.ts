import { expect, test } from 'vitest';
import { createVendorClock } from '../../../../functions/http/page/vendor-clock.ts';

const EARLY = 'Wed, 20 May 2026 10:30:00 GMT';
const LATE = 'Wed, 20 May 2026 10:31:00 GMT';
const now = Date.parse('2026-05-20T10:29:00Z');

test('the clock of a vendor is the latest that its responses told, whatever order they come in', () => {
  const clock = createVendorClock();
  expect(clock.latest()).toBeUndefined();

  for (const date of [EARLY, LATE, EARLY]) clock.heard({ date }, now);

  expect(clock.latest()).toBe(Date.parse('2026-05-20T10:31:00Z'));
});

test.each([
  'Wednesday, 20-May-26 10:31:00 GMT',
  'Wed May 20 10:31:00 2026',
  'Wed, 20 May 2026 10:31:00 +0000',
  '2026-05-20T10:31:00Z',
])('the date %s is read as it is where a wait is counted by it', (date) => {
  const clock = createVendorClock();

  clock.heard({ date }, now);

  expect(clock.latest()).toBe(Date.parse('2026-05-20T10:31:00Z'));
});

test.each([
  ['that a cache kept', { date: LATE, age: '0' }],
  ['without a date', {}],
  ['whose date is not one', { date: 'tomorrow' }],
  ['whose date is of no form of HTTP', { date: '2099-01-01' }],
  ['whose date does not exist', { date: 'Wed, 99 May 2026 10:30:00 GMT' }],
])('a response %s tells nothing', (_, headers) => {
  const clock = createVendorClock();
  clock.heard({ date: EARLY }, now);

  clock.heard(headers, now);

  expect(clock.latest()).toBe(Date.parse('2026-05-20T10:30:00Z'));
});
