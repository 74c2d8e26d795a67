import type { LiveRun } from '../../../cli/status/recent-runs.ts';
import type { StreamConfiguration } from '../../../contract/configuration/configuration.ts';
import { parseConfiguration } from '../../../contract/configuration/parse-configuration.ts';
import type { ConfigurationInput } from '../../../contract/configuration/schema.ts';

/** A configured stream with a few settings of its own, the others by default. */
export function configuredStream(settings: Partial<ConfigurationInput['streams'][number]> = {}): StreamConfiguration {
  const written = {
    stream: 'crescendo.vocconv',
    tenant: 'tenant-alpha',
    credential: 'env:KEY',
    start: '2026-01-01',
  } as const;
  const parsed = parseConfiguration({ stage: 'test', lake: './lake', streams: [{ ...written, ...settings }] });
  const [stream] = 'configuration' in parsed ? parsed.configuration.streams : [];
  if (!stream) throw new Error(JSON.stringify(parsed));
  return stream;
}

/** A run that ended well, unless told otherwise. */
export function liveRun(fields: Partial<LiveRun> = {}): LiveRun {
  return {
    runId: 'run-1',
    startedAt: '2026-05-20T11:00:00.000Z',
    tookMs: 1000,
    outcome: 'caught up',
    stoppedBy: null,
    left: null,
    rows: { read: 10, new: 1, changed: 0, open: 2, undated: 0 },
    requests: 3,
    throttledMs: 0,
    reconciled: true,
    error: null,
    ...fields,
  };
}
