import { describe, expect, test } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import { planBackfill } from '../../../../functions/lambda/backfill-plan/plan-backfill.ts';
import { deployedStream } from '../../../support/aws/deployed-stream.ts';
import { DAY_MS } from '../../../support/durations.ts';

const configured = [
  deployedStream({ tenant: 'a' }),
  deployedStream({ tenant: 'b' }),
  deployedStream({ tenant: 'off', enabled: false }),
  deployedStream({ tenant: 'a', definition: streamDefinition('crescendo.botconv'), concurrency: 2 }),
];
const stream = 'crescendo.vocconv';

describe('the plan of a backfill', () => {
  const asked = (days: number, streams = configured) => ({
    span: { from: DAY_MS / 2, to: DAY_MS / 2 + days * DAY_MS },
    streams,
  });

  test('has a span for each day, stream and tenant, cut at midnight', () => {
    const { spans, maxConcurrency } = planBackfill(asked(2, configured.slice(0, 1)));

    expect(maxConcurrency).toBe(4);
    expect(spans.map(({ from, to }) => `${from} ${to}`)).toEqual([
      '1970-01-01T12:00:00.000Z 1970-01-02T00:00:00.000Z',
      '1970-01-02T00:00:00.000Z 1970-01-03T00:00:00.000Z',
      '1970-01-03T00:00:00.000Z 1970-01-03T12:00:00.000Z',
    ]);
    expect(spans[0]).toMatchObject({ stream, tenant: 'a', windowMs: DAY_MS });
  });

  test('reads no more at once than the most careful of its streams does', () => {
    expect(planBackfill(asked(1)).maxConcurrency).toBe(2);
  });

  test.each([224, 225, 226, 5000])('of %s days fits what the state machine passes on, and covers all of it', (days) => {
    const { spans } = planBackfill(asked(days));

    expect(JSON.stringify(spans).length).toBeLessThan(256 * 1024);
    const ofOne = spans.filter((one) => one.tenant === 'b');
    expect(ofOne[0]?.from).toBe(new Date(DAY_MS / 2).toISOString());
    expect(ofOne.at(-1)?.to).toBe(new Date(DAY_MS / 2 + days * DAY_MS).toISOString());
    expect(ofOne.slice(1).map(({ from }) => from)).toEqual(ofOne.slice(0, -1).map(({ to }) => to));
    expect(spans.length).toBeLessThanOrEqual(900);
  });

  test('fails where there are more tenants than spans', () => {
    const many = Array.from({ length: 901 }, (_, n) => deployedStream({ tenant: `t${n}` }));

    expect(() => planBackfill(asked(1, many))).toThrow(/901 together; name 900/);
  });
});
