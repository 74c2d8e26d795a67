import { parseConfiguration } from '../../../contract/configuration/parse-configuration.ts';
import type { DeployedStream } from '../../../contract/environment.ts';
import { BUCKET, STAGE, TENANT } from '../world/names.ts';
import type { HistoryPlan, Settings } from './plan.ts';

const configured = new Map<string, DeployedStream>();

/** The history's stream as a function carries it. */
export function streamOf({ stream, keepsErased }: HistoryPlan, settings: Settings): DeployedStream {
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
  const own = base.definition.details && keepsErased ? { onVendorErasure: 'keep' as const } : {};
  return { ...base, lookbackMs, deep, settleMs, windowMs, concurrency, pageSize, startMs, enabled, ...own };
}
