import { expect, test } from 'vitest';
import { exportStream } from '../../../functions/engine/export-stream.ts';
import { continuation } from '../../../functions/lambda/export/run-live.ts';
import { sources } from '../../../functions/sources/index.ts';
import { beforeDeadline, endRequestsAfterMs } from '../../../functions/wiring/deadline.ts';
import { realTime, runClock } from '../../../functions/wiring/run-clock.ts';
import { DAY_MS } from '../../support/durations.ts';
import { MemoryCheckpoint, MemoryLake } from '../../support/run/memory-ports.ts';
import { portsOf, START_MS, scriptedSettings } from '../../support/vendor/scripted-vendor.ts';
import { answer, openHttp, startVendor } from '../http/http-fixture.ts';

const LIMIT_MS = 4000;
const NOW = START_MS + DAY_MS;

test('a wait that would end inside the time that is kept for committing ends the run as the vendor’s, which is not continued', async () => {
  const vendor = await startVendor(answer(429, {}, { 'retry-after': '3' }));
  const beganAt = performance.now();
  const remainingMs = () => LIMIT_MS - (performance.now() - beganAt);
  const clock = runClock(realTime, remainingMs, NOW);
  const deadline = { afterMs: endRequestsAfterMs(LIMIT_MS), reason: new Error('nearly out of time') };

  const summary = await beforeDeadline(realTime, deadline, async (signal) => {
    await realTime.sleep(700); // the checkpoint and the secret are read meanwhile
    const { http } = openHttp(vendor.origin, { clock });
    const ports = portsOf({ fetchPage: http.fetchPage }, new MemoryLake(), new MemoryCheckpoint(), { now: NOW });
    const dialect = sources.crescendo.dialect({ ...scriptedSettings, pageSize: 10, purpose: 'live' });
    return exportStream(scriptedSettings, dialect, { ...ports, clock, signal });
  });

  expect(summary).toMatchObject({ outcome: 'out of time', stoppedBy: 'vendor' });
  expect(continuation({ stream: 'crescendo.vocconv' }, summary, 'request-1')).toBeUndefined();
  expect(performance.now() - beganAt).toBeLessThan(2000);
});
