import { describe, expect, test } from 'vitest';
import { failureReport } from '../../../../functions/lambda/backfill-plan/failure-report.ts';
import type { FailedWork } from '../../../../functions/lambda/backfill-plan/work.ts';

function failed(tenant: string, error: string, cause: string): FailedWork {
  const ends = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' };
  const span = { lake: 's3://lake', stream: 'crescendo.vocconv', tenant, ...ends, windowMs: 1 } as const;
  return { credential: 'x', concurrency: 1, span, error, cause };
}

describe('the report of failures', () => {
  test.each([
    ['{"errorType":"E","errorMessage":"say \\"no\\"","trace":["at x"]}', 'E: say "no"'],
    ['{"errorType":"E","errorMessage":"cut off in its mid', 'E: cut off in its mid'],
    ['a text that is not JSON', 'E: a text that is not JSON'],
    ['', 'E'],
  ])('shows of the cause %j the message', (cause, shown) => {
    const extent = '1 span between 2026-01-01T00:00:00.000Z and 2026-01-02T00:00:00.000Z';

    expect(failureReport([failed('a', 'E', cause)], 's3://b/k').split('\n')[1]).toBe(
      `- crescendo.vocconv of a, ${extent}: ${shown}`,
    );
  });

  test('is short enough for Step Functions to show, however many failed, and says where the rest is', () => {
    const many = Array.from({ length: 1000 }, (_, n) => failed(`${n}${'x'.repeat(120)}`, 'E', 'y'.repeat(2000)));
    const report = failureReport(many, 's3://b/k');

    expect(report.length).toBeLessThan(32_768);
    expect(report).toContain('1000 spans could not be read');
    expect(report).toContain('and 950 more\nAll of them are in s3://b/k');
  });
});
