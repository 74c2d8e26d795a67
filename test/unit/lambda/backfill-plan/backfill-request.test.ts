import { describe, expect, test } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import { readBackfillRequest } from '../../../../functions/lambda/backfill-plan/backfill-request.ts';
import { deployedStream } from '../../../support/aws/deployed-stream.ts';

const configured = [
  deployedStream({ tenant: 'a' }),
  deployedStream({ tenant: 'b' }),
  deployedStream({ tenant: 'off', enabled: false }),
  deployedStream({ tenant: 'a', definition: streamDefinition('crescendo.botconv'), concurrency: 2 }),
];
const stream = 'crescendo.vocconv';
const span = { from: '2026-01-01T00:00:00Z', to: '2026-01-03T12:00:00Z' };

describe('the request of a backfill', () => {
  const now = Date.UTC(2026, 5, 1);

  test('means all that are enabled, unless tenants are named', () => {
    const names = (event: object) =>
      readBackfillRequest({ ...span, ...event }, configured, now).streams.map(
        (one) => `${one.definition.stream} ${one.tenant}`,
      );

    expect(names({})).toEqual(['crescendo.vocconv a', 'crescendo.vocconv b', 'crescendo.botconv a']);
    expect(names({ streams: ['crescendo.botconv'] })).toEqual(['crescendo.botconv a']);
    expect(names({ tenants: ['off'] })).toEqual(['crescendo.vocconv off']);
  });

  test('means a hundred credentials at the same time, unless it says otherwise', () => {
    const most = (event: object) => readBackfillRequest({ ...span, ...event }, configured, now).maxConcurrency;

    expect([most({}), most({ maxConcurrency: 5 })]).toEqual([100, 5]);
  });

  test.each([
    [{}, 'from is missing'],
    [{ ...span, to: span.from }, 'from is not before to'],
    [{ ...span, to: '2027-01-01T00:00:00Z' }, 'to lies in the future; write 2026-06-01T00:00:00.000Z or earlier'],
    [{ ...span, streams: ['x'] }, 'streams are not all configured; there is crescendo.vocconv, crescendo.botconv'],
    [{ ...span, streams: stream }, 'streams is not a list of texts'],
    [{ ...span, streams: ['crescendo.botconv'], tenants: ['b'] }, 'streams and tenants fit nothing'],
    [{ ...span, maxConcurrency: 0 }, 'maxConcurrency is not a whole number from 1 to 1000'],
    [{ ...span, refetch: true }, 'refetch is for streams of details, and none of these is one'],
    [
      { ...span, since: 1 },
      '"since" is not a known field; known are from, to, streams, tenants, maxConcurrency, refetch',
    ],
  ])('fails for %j and names what is wrong', (event, problem) => {
    expect(() => readBackfillRequest(event, configured, now)).toThrow(problem);
  });
});
