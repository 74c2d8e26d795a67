import { describe, expect, test } from 'vitest';
import { streamDefinition } from '../../../contract/streams.ts';
import { readBackfillRequest } from '../../../functions/lambda/backfill-plan/backfill-request.ts';
import { planBackfill } from '../../../functions/lambda/backfill-plan/plan-backfill.ts';
import { readExportRequest } from '../../../functions/lambda/export/export-request.ts';
import { readExportSettings, readStageSettings } from '../../../functions/lambda/lambda-settings.ts';
import { deployedStream } from '../../support/aws/deployed-stream.ts';

const DAY_MS = 86_400_000;
const configured = [
  deployedStream({ tenant: 'a' }),
  deployedStream({ tenant: 'b' }),
  deployedStream({ tenant: 'off', enabled: false }),
  deployedStream({ tenant: 'a', definition: streamDefinition('crescendo.botconv'), concurrency: 2 }),
];
const stream = 'crescendo.vocconv';
const span = { from: '2026-01-01T00:00:00Z', to: '2026-01-03T12:00:00Z' };
const tenantsOf = (event: unknown) => readExportRequest(event, configured).tenants.map(({ tenant }) => tenant);

describe('the event of an export function', () => {
  test('without a tenant means all that are enabled, with one that one', () => {
    expect(tenantsOf({ stream })).toEqual(['a', 'b']);
    expect(tenantsOf({ stream, tenant: 'off' })).toEqual(['off']);
  });

  test('is understood whole, and passed on as it came', () => {
    const event = {
      stream,
      tenant: 'a',
      from: '2026-01-01T01:00:00+01:00',
      to: '2026-01-02T00:00:00Z',
      windowMs: 60_000,
      now: '2026-02-01T00:00:00.5Z',
      hop: 3,
      continues: 'r',
    };

    expect(readExportRequest(event, configured)).toMatchObject({
      request: {
        ...event,
        from: '2026-01-01T00:00:00.000Z',
        to: '2026-01-02T00:00:00.000Z',
        now: '2026-02-01T00:00:00.500Z',
      },
      span: { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 0, 2) },
      planningNowMs: Date.UTC(2026, 1, 1) + 500,
    });
  });

  test.each([
    ['text', 'it is no object; stream is missing; write one of crescendo.vocconv, crescendo.botconv'],
    [{}, 'stream is missing; write one of crescendo.vocconv, crescendo.botconv'],
    [
      { stream: 'salesloft.conversations' },
      'stream is none of this function; write one of crescendo.vocconv, crescendo.botconv',
    ],
    [{ stream, tenant: 'x' }, 'tenant is not configured'],
    [{ stream, tenant: 7 }, 'tenant is no text'],
    [{ stream, tenant: 'a', from: span.from }, 'from and to belong together'],
    [{ stream, ...span }, 'tenant is missing; a span is read for one tenant'],
    [{ stream, tenant: 'a', from: span.to, to: span.from }, 'from is not before to, both on whole seconds'],
    [{ stream, tenant: 'a', from: '2026-01-01', to: span.to }, 'from is no instant such as 2026-01-01T00:00:00Z'],
    [{ stream, now: 'now' }, 'now is no instant such as 2026-01-01T00:00:00Z'],
    [{ stream, hop: -1 }, 'hop is no whole number from 0 to 200'],
    [
      { stream, tennant: 'a' },
      '"tennant" is no field; fields are stream, tenant, from, to, now, windowMs, hop, continues',
    ],
  ])('fails for %j and names what is wrong', (event, problem) => {
    expect(() => readExportRequest(event, configured)).toThrow(
      expect.objectContaining({
        code: 'configuration-invalid',
        message: expect.stringContaining(`the event is not understood: ${problem}`),
      }),
    );
  });
});

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

  test.each([
    [{}, 'from is missing'],
    [{ ...span, to: span.from }, 'from is not before to'],
    [{ ...span, to: '2027-01-01T00:00:00Z' }, 'to lies in the future; write 2026-06-01T00:00:00.000Z or earlier'],
    [{ ...span, streams: ['x'] }, 'streams are not all configured; there is crescendo.vocconv, crescendo.botconv'],
    [{ ...span, streams: stream }, 'streams is no list of texts'],
    [{ ...span, streams: ['crescendo.botconv'], tenants: ['b'] }, 'streams and tenants fit nothing'],
    [{ ...span, since: 1 }, '"since" is no field; fields are from, to, streams, tenants'],
  ])('fails for %j and names what is wrong', (event, problem) => {
    expect(() => readBackfillRequest(event, configured, now)).toThrow(problem);
  });
});

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

describe("a function's settings", () => {
  const environment = { STAGE: 'prod', LAKE_BUCKET: 'b', LAKE_PREFIX: 'p/q', EVENT_BUS: 'default', GZIP_LEVEL: '1' };
  const code = JSON.stringify(configured);

  test('come from the environment and the code', () => {
    expect(readExportSettings(environment, code)).toMatchObject({ stage: 'prod', lake: 's3://b/p/q', gzipLevel: 1 });
    expect(readExportSettings({ ...environment, LAKE_PREFIX: '' }, code)).toMatchObject({ prefix: '', lake: 's3://b' });
    expect(readExportSettings(environment, code).streams).toEqual(configured);
    expect(readStageSettings(environment, code)).toMatchObject({ stage: 'prod' });
  });

  test('fail with everything that is missing', () => {
    expect(() => readExportSettings({ GZIP_LEVEL: '10' }, '[]')).toThrow(
      'the environment variable STAGE is not set; the environment variable LAKE_BUCKET is not set; the environment variable EVENT_BUS is not set; the environment variable GZIP_LEVEL is no level from 1 to 9; the configuration inside the function names no stream: the stack sets these, so deploy it again',
    );
    expect(() => readStageSettings({}, '[]')).toThrow('STAGE is not set; the configuration');
  });
});
