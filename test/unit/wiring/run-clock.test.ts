import { expect, test } from 'vitest';
import { runClock } from '../../../functions/wiring/run-clock.ts';

const NOW = Date.parse('2026-05-20T10:30:00Z');

test.each([
  [undefined, NOW],
  [NOW - 1, NOW - 1],
  [NOW + 1, NOW],
])('planning calls %s now: %s, never past the real clock', (fixed, planned) => {
  const time = { now: () => NOW, sleep: async () => undefined };

  expect(runClock(time, () => Number.POSITIVE_INFINITY, fixed).planningNow()).toBe(planned);
});
