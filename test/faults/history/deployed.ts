import { parseConfiguration } from '../../../contract/configuration/parse-configuration.ts';
import type { DeployedStream } from '../../../contract/environment.ts';
import { checkpointName } from '../../../contract/layout.ts';
import { streamDefinition } from '../../../contract/streams.ts';
import { BUCKET, STAGE } from '../world/fleet.ts';
import { TENANT } from '../world/vendor.ts';
import type { HistoryPlan, Settings } from './plan.ts';

/** The name of the history's live checkpoint. */
export function checkpointOf({ stream }: HistoryPlan): string {
  return checkpointName({ stage: STAGE, source: streamDefinition(stream).source, stream, tenant: TENANT });
}

const configured = new Map<string, DeployedStream>();

/** The history's stream as a function carries it. */
export function streamOf({ stream }: HistoryPlan, settings: Settings): DeployedStream {
  const { lookbackMs, deepLookbackMs, settleMs, windowMs, concurrency, pageSize, startMs, enabled } = settings;
  let base = configured.get(stream);
  if (!base) {
    const written = { stream, tenant: TENANT, credential: 'secret:vendor', start: '2026-01-01' };
    const parsed = parseConfiguration({ stage: STAGE, lake: `s3://${BUCKET}`, streams: [written] });
    if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
    const [one] = parsed.configuration.streams;
    if (!one) throw new Error('one stream was configured');
    base = { ...one, credential: { kind: 'secret', name: 'vendor', label: 'secret:vendor' } };
    configured.set(stream, base);
  }
  const deep = { ...base.deep, lookbackMs: deepLookbackMs };
  return { ...base, lookbackMs, deep, settleMs, windowMs, concurrency, pageSize, startMs, enabled };
}
