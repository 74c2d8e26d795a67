import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import type { StreamSettings } from '../../functions/engine/settings.ts';

/** How the engine is to export a configured stream. `lookbackMs` is the one that the caller asks for, if any. */
export function settingsOf(stream: StreamConfiguration, lake: string, lookbackMs: number | undefined): StreamSettings {
  const { definition, tenant, startMs, deep, timeZone, settleMs, windowMs, concurrency, tableFrom } = stream;
  const all = { definition, tenant, startMs, deep, timeZone, settleMs, windowMs, concurrency, tableFrom, lake };
  return lookbackMs === undefined
    ? { ...all, lookbackMs: stream.lookbackMs }
    : { ...all, lookbackMs, askedLookbackMs: lookbackMs };
}
