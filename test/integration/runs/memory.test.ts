import { expect, test } from 'vitest';
import { exportInChild } from '../../support/run/child-export.ts';

/** Enough that rows kept anywhere would show: these are 300 MB of JSON. More of them are for test/bench/memory.ts. */
const ROWS = 200_000;

test.each([{ days: 30 }, { days: 1 }])(
  '200,000 rows of $days days take less than 300 MB of memory',
  async ({ days }) => {
    const { rows, written, peakMb } = await exportInChild('crescendo.vocconv', { rows: ROWS, days }, {});

    expect(rows).toBeGreaterThan(ROWS * 0.99);
    expect(written).toBe(days);
    expect(peakMb).toBeLessThan(300);
  },
);
