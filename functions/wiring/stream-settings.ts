import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import type { StreamSettings } from '../engine/settings.ts';
import type { DialectSettings } from '../engine/source.ts';

/** A configured stream, wherever its credential is kept. */
export type ConfiguredStream = Omit<StreamConfiguration, 'credential'>;

/** How the engine is to export a configured stream. `askedLookbackMs` is the one that the caller asks for, if any. */
export function streamSettings(stream: ConfiguredStream, lake: string, askedLookbackMs?: number): StreamSettings {
  const { definition, tenant, startMs, deep, timeZone, settleMs, windowMs, concurrency, volatile, tableFrom } = stream;
  const keepErased = stream.onVendorErasure === 'keep';
  const spans = { startMs, deep, timeZone, settleMs, windowMs };
  const rows = { volatile, ...(keepErased && { keepErased }) };
  const all = { definition, tenant, ...spans, concurrency, tableFrom, lake, ...rows };
  return askedLookbackMs === undefined
    ? { ...all, lookbackMs: stream.lookbackMs }
    : { ...all, lookbackMs: askedLookbackMs, askedLookbackMs };
}

/** What the dialect of a configured stream is made from. */
export function dialectSettings(stream: ConfiguredStream, purpose: DialectSettings['purpose']): DialectSettings {
  const { definition, pageSize, dataCollectionIds = [], evaluationCriteriaIds = [] } = stream;
  return { definition, pageSize, purpose, ids: { dataCollectionIds, evaluationCriteriaIds } };
}
