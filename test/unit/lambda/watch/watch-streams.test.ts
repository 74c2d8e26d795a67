import { describe, expect, test, vi } from 'vitest';
import { encodeCheckpoint } from '../../../../functions/engine/checkpoint/codec.ts';
import type { Checkpoint } from '../../../../functions/engine/checkpoint.ts';
import { ages, watchStreams } from '../../../../functions/lambda/watch/watch-streams.ts';
import { openTelemetry } from '../../../../functions/telemetry/open-telemetry.ts';
import { deployedStream } from '../../../support/aws/deployed-stream.ts';
import { HOUR_MS } from '../../../support/durations.ts';

const NOW = Date.UTC(2026, 4, 20, 12);
const caughtUp: Checkpoint = {
  epoch: 0,
  watermark: NOW - HOUR_MS,
  rereadFrom: NOW - 2 * HOUR_MS,
  newestRow: NOW - 3 * HOUR_MS,
  start: 0,
  lake: 's3://b',
  updatedAt: 0,
  run: 'r',
};
const told = (checkpoint: Checkpoint | undefined) => Object.fromEntries(ages(checkpoint, NOW));

describe('what the watch tells', () => {
  test('of a stream that never ran', () => {
    expect(told(undefined)).toEqual({ NeverRan: 1 });
  });

  test('of one that is caught up', () => {
    expect(told(caughtUp)).toEqual({
      NeverRan: 0,
      FreshnessSeconds: 3600,
      ClockAhead: 0,
      NewestRowAgeSeconds: 3 * 3600,
      RereadAgeSeconds: 0,
    });
  });

  test('of one whose watermark lies in the future: that a clock was ahead, where the age is 0 and would say nothing', () => {
    expect(told({ ...caughtUp, watermark: NOW + HOUR_MS + 1 })).toMatchObject({ ClockAhead: 1, FreshnessSeconds: 0 });
    expect(told({ ...caughtUp, watermark: NOW + HOUR_MS })).toMatchObject({ ClockAhead: 0, FreshnessSeconds: 0 });
  });

  test('of a first load: not how old its newest row is', () => {
    const { rereadFrom: _, ...firstLoad } = caughtUp;

    expect(told(firstLoad)).not.toHaveProperty('NewestRowAgeSeconds');
    expect(told(firstLoad)).toMatchObject({ FreshnessSeconds: 3600 });
  });

  test('of a re-read: how long it has lasted', () => {
    const reread = { from: 0, to: NOW, deep: true, place: NOW, since: NOW - 26 * HOUR_MS };

    expect(told({ ...caughtUp, reread })).toMatchObject({ RereadAgeSeconds: 26 * 3600 });
  });
});

describe('the watch', () => {
  const kept = (tenant: string) => encodeCheckpoint(caughtUp, { stream: 'crescendo.vocconv', tenant });

  function world(tenants: readonly string[], textOf: (tenant: string) => string | undefined) {
    const telemetry = openTelemetry('test');
    const published: Record<string, unknown>[] = [];
    const errors: unknown[] = [];
    vi.spyOn(telemetry.metrics, 'publishStoredMetrics').mockImplementation(() => {
      published.push({ ...telemetry.metrics.serializeMetrics() });
      return telemetry.metrics;
    });
    const streams = tenants.map((tenant) => deployedStream({ tenant, enabled: tenant !== 'off' }));
    const asked: (readonly string[])[] = [];
    const logger = {
      info: () => undefined,
      warn: () => undefined,
      error: (...said: unknown[]) => void errors.push(said),
    };
    const services = {
      telemetry: { ...telemetry, logger },
      streams,
      readParameters: async (names: readonly string[]) => {
        asked.push(names);
        const texts = names.map((name) => [name, textOf(name.replace(/^.*\//, ''))] as const);
        return new Map(texts.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const])));
      },
    };
    return { services, published, errors, asked };
  }

  test('looks at every stream and tenant that is enabled', async () => {
    const { services, published } = world(['a', 'b', 'off'], (tenant) => (tenant === 'a' ? kept(tenant) : undefined));

    await watchStreams(services, NOW);

    expect(published).toMatchObject([
      { Tenant: 'a', FreshnessSeconds: 3600 },
      { Tenant: 'b', NeverRan: 1 },
    ]);
  });

  test('fails for a checkpoint that cannot be read, after it has looked at the others', async () => {
    const { services, published, errors } = world(['a', 'b'], (tenant) => (tenant === 'a' ? '{' : kept(tenant)));

    await expect(watchStreams(services, NOW)).rejects.toThrow(/it is not JSON/);

    expect(published).toMatchObject([{ Tenant: 'b' }]);
    expect(errors).toMatchObject([['unreadable', { tenant: 'a' }]]);
  });

  test('reads ten checkpoints a call, and fails for those of a call that failed after it has made the others', async () => {
    const tenants = Array.from({ length: 23 }, (_, n) => `t${n}`);
    const { services, published, errors, asked } = world(tenants, (tenant) => {
      if (tenant === 't3') throw new Error('text of the checkpoint');
      return kept(tenant);
    });

    await expect(watchStreams(services, NOW)).rejects.toThrow(/^unexpected Error$/);

    expect(asked.map((names) => names.length)).toEqual([10, 10, 3]);
    expect(published).toHaveLength(13);
    expect(errors).toHaveLength(10);
    expect(errors[0]).toMatchObject(['unreadable', { tenant: 't0', error: 'unexpected Error' }]);
  });
});
