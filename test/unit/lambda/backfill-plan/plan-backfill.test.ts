import { describe, expect, test } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import { planBackfill } from '../../../../functions/lambda/backfill-plan/plan-backfill.ts';
import { deployedStream } from '../../../support/aws/deployed-stream.ts';
import { DAY_MS } from '../../../support/durations.ts';

const secret = (name: string) => ({ kind: 'secret', name, label: `secret:${name}` }) as const;
const alone = [deployedStream({ tenant: 'a', credential: secret('a') })];
const shared = [
  deployedStream({ tenant: 'a' }),
  deployedStream({ tenant: 'b' }),
  deployedStream({ tenant: 'a', definition: streamDefinition('crescendo.botconv'), concurrency: 2 }),
];

describe('the plan of a backfill', () => {
  const plan = (days: number, streams = alone) =>
    planBackfill(
      { span: { from: DAY_MS / 2, to: DAY_MS / 2 + days * DAY_MS }, streams, maxConcurrency: 1, refetch: false },
      's3://lake/of/now',
    );

  test('has a span for each day, stream and tenant, cut at midnight, for one lake', () => {
    const work = plan(2);

    expect(work.map(({ span }) => `${span.from} ${span.to}`)).toEqual([
      '1970-01-01T12:00:00.000Z 1970-01-02T00:00:00.000Z',
      '1970-01-02T00:00:00.000Z 1970-01-03T00:00:00.000Z',
      '1970-01-03T00:00:00.000Z 1970-01-03T12:00:00.000Z',
    ]);
    expect(work[0]).toMatchObject({
      credential: 'crescendo secret:a',
      concurrency: 4,
      span: { lake: 's3://lake/of/now', stream: 'crescendo.vocconv', tenant: 'a', windowMs: DAY_MS },
    });
  });

  test.each([
    [39, alone, 40],
    [40, alone, 21], // of two days each
    [5000, alone, 40],
    [12, shared, 13],
    [13, shared, 7],
    [5000, shared, 13],
  ])('of %s days has no more spans than one item holds, and covers all of it', (days, streams, most) => {
    const ofOne = plan(days, streams).filter(({ span }) => span.tenant === 'a' && span.stream === 'crescendo.vocconv');
    const spans = ofOne.map(({ span }) => span);

    expect(spans).toHaveLength(most);
    expect(spans[0]?.from).toBe(new Date(DAY_MS / 2).toISOString());
    expect(spans.at(-1)?.to).toBe(new Date(DAY_MS / 2 + days * DAY_MS).toISOString());
    expect(spans.slice(1).map(({ from }) => from)).toEqual(spans.slice(0, -1).map(({ to }) => to));
  });

  test('knows no credential of one source as one of another', () => {
    const salesloft = deployedStream({ definition: streamDefinition('salesloft.conversations') });

    expect(new Set(plan(1, [...shared, salesloft]).map(({ credential }) => credential))).toEqual(
      new Set(['crescendo secret:vendor', 'salesloft secret:vendor']),
    );
  });
});
