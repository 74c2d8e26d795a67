import type { z } from 'zod';
import { parseDuration } from '../duration.ts';
import type { StreamDefinition, VolatilePath } from '../streams.ts';
import type { StreamConfiguration } from './configuration.ts';
import type { streamSchema } from './schema.ts';

/** The share of a budget that a stream leaves to others. Details are many, and what is new in a list must not wait for them. */
const RESERVE = { lists: 0.2, details: 0.4 } as const;

type WrittenStream = z.output<typeof streamSchema>;

/** The streams with every default filled in, from the catalogue or from each other. */
export function resolveStreams(written: readonly WrittenStream[]): readonly StreamConfiguration[] {
  const resolved = written.map(resolveStream);
  return resolved.map((stream) => ({ ...stream, tableFrom: tableFromOf(stream, resolved) }));
}

function resolveStream(written: WrittenStream): StreamConfiguration {
  const { stream: definition, tenant, credential, deep } = written;
  const { defaults } = definition;
  const lookbackMs = written.lookback ?? durationOf(defaults.lookback);
  const deepLookbackMs = deep?.lookback ?? durationOf(defaults.deep.lookback);
  return {
    definition,
    tenant,
    credential,
    baseUrl: written.baseUrl ?? definition.baseUrl,
    path: (written.path ?? definition.path).replaceAll('{tenant}', () => encodeURIComponent(tenant)),
    authHeader: written.authHeader ?? definition.auth,
    startMs: written.start,
    everyMs: written.every ?? durationOf(defaults.every),
    lookbackMs,
    deep: { at: deep?.at ?? defaults.deep.at, lookbackMs: Math.max(lookbackMs, deepLookbackMs) },
    timeZone: written.timeZone ?? 'UTC',
    settleMs: written.settle ?? durationOf(defaults.settle),
    windowMs: written.window ?? durationOf(defaults.window),
    concurrency: written.concurrency ?? defaults.concurrency,
    pageSize: written.pageSize ?? definition.pageSize.default,
    ...volatileOf(definition, written.volatile),
    ...(written.dataCollectionIds && { dataCollectionIds: written.dataCollectionIds }),
    ...(written.evaluationCriteriaIds && { evaluationCriteriaIds: written.evaluationCriteriaIds }),
    ...(written.onVendorErasure && { onVendorErasure: written.onVendorErasure }),
    reserve: written.reserve ?? (definition.details ? RESERVE.details : RESERVE.lists),
    gzip: written.gzip ?? 'members',
    tableFrom: written.tableFrom ?? firstDate(definition, written.start),
    enabled: written.enabled ?? true,
  };
}

function volatileOf(
  definition: StreamDefinition,
  written: readonly VolatilePath[] = [],
): Pick<StreamConfiguration, 'volatile'> {
  const volatile = [...(definition.volatile ?? []), ...written];
  return volatile.length > 0 ? { volatile } : {};
}

/**
 * Where a table begins unless it is said: a day before `start`, for vendors that filter by another column than the row's own time.
 * A stream that is read by version also brings older rows, when they are changed: there it is two years before.
 */
function firstDate(definition: StreamDefinition, startMs: number): string {
  const date = new Date(startMs);
  if (definition.readBy === 'version') date.setUTCFullYear(date.getUTCFullYear() - 2);
  else date.setUTCDate(date.getUTCDate() - 1);
  return date.toISOString().slice(0, 10);
}

function tableFromOf(stream: StreamConfiguration, all: readonly StreamConfiguration[]): string {
  const same = all.filter(({ definition }) => definition.stream === stream.definition.stream);
  return same.map(({ tableFrom }) => tableFrom).sort()[0] ?? stream.tableFrom;
}

/** A duration of the catalogue, whose tests see that it is one. */
function durationOf(written: string): number {
  const readMs = parseDuration(written);
  if (readMs === undefined) throw new Error(`the catalogue's ${JSON.stringify(written)} is not a duration`);
  return readMs;
}
