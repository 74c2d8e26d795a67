import { describe, expect, test } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import { readExportRequest } from '../../../../functions/lambda/export/export-request.ts';
import { deployedStream } from '../../../support/aws/deployed-stream.ts';

const configured = [
  deployedStream({ tenant: 'a' }),
  deployedStream({ tenant: 'b' }),
  deployedStream({ tenant: 'off', enabled: false }),
  deployedStream({ tenant: 'a', definition: streamDefinition('crescendo.botconv'), concurrency: 2 }),
];
const deployed = { streams: configured, lake: 's3://lake/of/now' };
const stream = 'crescendo.vocconv';
const span = { from: '2026-01-01T00:00:00Z', to: '2026-01-03T12:00:00Z' };
const tenantsOf = (event: unknown) => readExportRequest(event, deployed).tenants.map(({ tenant }) => tenant);

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
      lake: 's3://lake/of/now',
      windowMs: 60_000,
      now: '2026-02-01T00:00:00.5Z',
      hop: 3,
      continues: 'r',
    };

    expect(readExportRequest(event, deployed)).toMatchObject({
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

  test('fetches details again where it says so, and only those: of a list there is nothing to fetch', () => {
    const details = deployedStream({ tenant: 'a', definition: streamDefinition('elevenlabs.transcripts') });
    const all = { ...deployed, streams: [...configured, details] };
    const asked = (event: object) => readExportRequest({ tenant: 'a', ...span, ...event }, all).request.refetch;

    expect(asked({ stream: 'elevenlabs.transcripts', refetch: true })).toBe(true);
    expect(asked({ stream: 'elevenlabs.transcripts', refetch: false })).toBeUndefined();
    expect(asked({ stream, refetch: true })).toBeUndefined();
  });

  test.each([
    ['text', 'it is not an object; stream is missing; write one of crescendo.vocconv, crescendo.botconv'],
    [{}, 'stream is missing; write one of crescendo.vocconv, crescendo.botconv'],
    [
      { stream: 'salesloft.conversations' },
      'stream is not one of this function; write one of crescendo.vocconv, crescendo.botconv',
    ],
    [{ stream, tenant: 'x' }, 'tenant is not configured'],
    [{ stream, tenant: 7 }, 'tenant is not text'],
    [{ stream, tenant: 'a', from: span.from }, 'from and to belong together'],
    [{ stream, ...span }, 'tenant is missing; a span is read for one tenant'],
    [{ stream, tenant: 'a', from: span.to, to: span.from }, 'from is not before to, both on whole seconds'],
    [{ stream, tenant: 'a', from: '2026-01-01', to: span.to }, 'from is not an instant such as 2026-01-01T00:00:00Z'],
    [{ stream, now: 'now' }, 'now is not an instant such as 2026-01-01T00:00:00Z'],
    [{ stream, tenant: 'a', refetch: true }, 'refetch is for a span; give from and to'],
    [{ stream, tenant: 'a', ...span, refetch: 'yes' }, 'refetch is not true or false'],
    [{ stream, hop: -1 }, 'hop is not a whole number from 0 to 200'],
    [
      { stream, tenant: 'a', ...span, lake: 's3://lake' },
      'lake is s3://lake, for which the span was planned, and this function writes s3://lake/of/now; start a new backfill',
    ],
    [
      { stream, tennant: 'a' },
      '"tennant" is not a known field; known are stream, tenant, from, to, lake, now, windowMs, refetch, hop, continues',
    ],
  ])('fails for %j and names what is wrong', (event, problem) => {
    expect(() => readExportRequest(event, deployed)).toThrow(
      expect.objectContaining({
        code: 'configuration-invalid',
        message: expect.stringContaining(`the event is not understood: ${problem}`),
      }),
    );
  });
});
