import { describe, expect, test, vi } from 'vitest';
import { MOST_HOPS } from '../../../../contract/environment.ts';
import type { ExportRequest, RunEnded } from '../../../../contract/events.ts';
import type { CheckpointStore } from '../../../../functions/engine/ports.ts';
import { handleExport } from '../../../../functions/lambda/export/handle-export.ts';
import { continuation } from '../../../../functions/lambda/export/run-live.ts';
import type { Services } from '../../../../functions/lambda/services.ts';
import { openTelemetry } from '../../../../functions/telemetry/open-telemetry.ts';
import { realTime } from '../../../../functions/wiring/run-clock.ts';
import { deployedSettings, deployedStream } from '../../../support/aws/deployed-stream.ts';
import { MemoryCheckpoint } from '../../../support/run/memory-ports.ts';
import { sampleRun } from '../../../support/run/sample-report.ts';

const stream = 'crescendo.vocconv';
const invocation = {
  awsRequestId: 'request-1',
  functionName: 'convlake-test-crescendo',
  getRemainingTimeInMillis: () => 60_000,
};

/** Services of a function, of which those that no test here gets to say so. */
function world({ tenants = ['a', 'b', 'c'], disabled = ['c'] } = {}) {
  const invoked: { functionName: string; request: ExportRequest }[] = [];
  const events: RunEnded[] = [];
  const slept: number[] = [];
  const unused = () => {
    throw new Error('nobody should come here');
  };
  const checkpoint: CheckpointStore = { ...new MemoryCheckpoint().connect(), readWithRewind: unused };
  const telemetry = openTelemetry('test');
  vi.spyOn(telemetry.metrics, 'publishStoredMetrics').mockReturnThis();
  const services: Services = {
    settings: deployedSettings(
      tenants.map((tenant) => deployedStream({ tenant, enabled: !disabled.includes(tenant) })),
    ),
    version: 'test',
    telemetry: {
      ...telemetry,
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    },
    openLake: () => ({ lastCommit: () => undefined }) as unknown as ReturnType<Services['openLake']>,
    parameters: async () => ({ checkpointsOf: () => checkpoint, credentialOf: () => unused }),
    invoke: async (functionName, request) => void invoked.push({ functionName, request }),
    sendEvents: async (sent) => void events.push(...sent),
    time: { ...realTime, sleep: async (ms) => void slept.push(ms) },
    random: () => 0.5,
    newId: () => 'id',
  };
  return { services, invoked, events, slept };
}

describe('an event without a tenant', () => {
  test('starts an invocation for each that is enabled', async () => {
    const { services, invoked } = world();

    const answer = await handleExport({ stream, now: '2026-02-01T00:00:00Z' }, invocation, services);

    expect(answer).toEqual({ stream, started: ['a', 'b'] });
    const now = '2026-02-01T00:00:00.000Z';
    expect(invoked.map(({ request }) => request)).toEqual([
      { stream, tenant: 'a', now },
      { stream, tenant: 'b', now },
    ]);
    expect(invoked[0]?.functionName).toBe(invocation.functionName);
  });

  test('starts nothing where none is enabled', async () => {
    const { services, invoked } = world({ disabled: ['a', 'b', 'c'] });

    expect(await handleExport({ stream }, invocation, services)).toEqual({ stream, started: [] });
    expect(await handleExport({ stream, tenant: 'a' }, invocation, services)).toEqual({ stream, started: [] });
    expect(invoked).toEqual([]);
  });

  test('spreads the starts over time, so that the runs do not ask SSM for more than it grants', async () => {
    const { services, slept } = world({ tenants: ['a', 'b', 'c'], disabled: [] });

    await handleExport({ stream }, { ...invocation, getRemainingTimeInMillis: () => 900_000 }, services);

    expect(slept).toEqual([4000, 4000]);
  });

  test('starts so many that half of its time reaches', async () => {
    const tenants = Array.from({ length: 900 }, (_, n) => `t${n}`);
    const { services, invoked, slept } = world({ tenants, disabled: [] });

    await handleExport({ stream }, { ...invocation, getRemainingTimeInMillis: () => 900_000 }, services);

    expect(invoked).toHaveLength(900);
    expect(slept.reduce((sum, ms) => sum + ms)).toBeLessThan(450_000);
  });

  test('fails when one could not be started, so that it is tried again, and says no more than it may', async () => {
    const { services } = world();
    const tried: unknown[] = [];
    const refusing: Services = {
      ...services,
      invoke: async (_, { tenant }) => {
        tried.push(tenant);
        throw new Error('arn of a secret');
      },
    };

    await expect(handleExport({ stream }, invocation, refusing)).rejects.toThrow(/^unexpected Error$/);

    expect(tried).toEqual(['a', 'b']);
  });
});

describe('a run that could not begin', () => {
  test('is told, and fails the invocation with nothing that must not be seen', async () => {
    const { services, invoked, events } = world({ tenants: ['a'] });

    const run = handleExport({ stream }, invocation, services);

    await expect(run).rejects.toThrow(/^unexpected Error$/);
    expect(events).toMatchObject([{ tenant: 'a', outcome: 'failed', watermark: null }]);
    expect(invoked).toEqual([]);
  });
});

describe('the invocation that goes on', () => {
  const { error: _, stoppedBy: __, ...rest } = sampleRun;
  const outOfTime = { ...rest, outcome: 'out of time' } as const;
  const request = { stream, tenant: 'tenant-alpha', hop: 4 } as const;

  test('names the run that it continues', () => {
    expect(continuation({ stream }, { ...outOfTime, stoppedBy: 'time' }, 'request-1')).toEqual({
      stream,
      tenant: 'tenant-alpha',
      hop: 1,
      continues: 'request-1',
    });
    expect(continuation(request, { ...outOfTime, stoppedBy: 'caller' }, 'request-1')?.hop).toBe(5);
  });

  test.each([
    ['a wait of the vendor', { ...outOfTime, stoppedBy: 'vendor' }, request],
    ['an error', sampleRun, request],
    ['the end', { ...rest, outcome: 'caught up' }, request],
    ['very many hops', { ...outOfTime, stoppedBy: 'time' }, { ...request, hop: MOST_HOPS }],
  ] as const)('is not started after %s', (_, summary, asked) => {
    expect(continuation(asked, summary, 'request-1')).toBeUndefined();
  });
});
