import { describe, expect, test } from 'vitest';
import { parseIsoInstant } from '../../../contract/instant.ts';

describe('parseIsoInstant', () => {
  test.each([
    ['2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1)],
    ['2026-01-01', Date.UTC(2026, 0, 1)],
    ['2026-01-01T02:00+02:00', Date.UTC(2026, 0, 1)],
    ['2026-01-01 00:00:00.999999Z', Date.UTC(2026, 0, 1)],
    ['2025-12-31 17:00:00 -0700', Date.UTC(2026, 0, 1)],
    ['2026-01-01T02:00 +02', Date.UTC(2026, 0, 1)],
    ['1970-01-01', 0],
    ['9999-12-31T23:59:59.999Z', Date.UTC(9999, 11, 31, 23, 59, 59)],
  ])('reads %s', (written, atMs) => {
    expect(parseIsoInstant(written)).toBe(atMs);
  });

  test.each(['2026-01-01 00:00:00', '2026-01-01 00:00:00  Z', '2026-01-01 Z', '2026-01-01 00:00:00 '])(
    'does not read %j',
    (written) => {
      expect(parseIsoInstant(written)).toBeUndefined();
    },
  );
});
