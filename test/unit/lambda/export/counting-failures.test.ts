import { expect, test, vi } from 'vitest';
import { ConvlakeError } from '../../../../functions/engine/errors.ts';
import { countingFailures } from '../../../../functions/lambda/export/counting-failures.ts';
import { openTelemetry } from '../../../../functions/telemetry/open-telemetry.ts';
import { publicError } from '../../../../functions/telemetry/public-error.ts';
import { realTime } from '../../../../functions/wiring/run-clock.ts';
import { deployedSettings, deployedStream } from '../../../support/aws/deployed-stream.ts';

const NOW_MS = Date.now();

/** What is counted of an invocation that ends so. */
async function counted(carryOut: () => Promise<unknown>): Promise<readonly unknown[]> {
  const telemetry = openTelemetry('test');
  const lines: unknown[] = [];
  vi.spyOn(telemetry.metrics, 'publishStoredMetrics').mockImplementation(() => {
    lines.push(telemetry.metrics.serializeMetrics());
    return telemetry.metrics;
  });
  const settings = deployedSettings([deployedStream({ tenant: 'a' })]);
  const time = { ...realTime, now: () => NOW_MS };
  await countingFailures({ telemetry, settings, time }, carryOut).catch(() => undefined);
  return lines;
}

test('an invocation that ends well is not counted', async () => {
  expect(await counted(async () => 'done')).toEqual([]);
});

test('one that fails and says why is', async () => {
  const error = publicError(new ConvlakeError('configuration-invalid', 'stop-stream', 'no such tenant'));

  expect(await counted(() => Promise.reject(error))).toMatchObject([
    { _aws: { Timestamp: NOW_MS }, Stage: 'test', Source: 'crescendo', InvocationsFailed: 1 },
  ]);
});

test('one that fails by an error of the program is a crash', async () => {
  expect(await counted(() => Promise.reject(new TypeError('undefined is not a function')))).toEqual([]);
});

test('the error goes on as it is', async () => {
  const error = publicError(new Error('any'));
  const telemetry = openTelemetry('test');
  vi.spyOn(telemetry.metrics, 'publishStoredMetrics').mockReturnThis();
  const settings = deployedSettings([]);

  await expect(countingFailures({ telemetry, settings, time: realTime }, () => Promise.reject(error))).rejects.toBe(
    error,
  );
});
