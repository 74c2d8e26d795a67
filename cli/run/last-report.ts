import { isoInstant } from '../../contract/instant.ts';
import { runReportFolder } from '../../contract/layout.ts';
import type { StreamDefinition } from '../../contract/streams.ts';
import type { ListedObject } from '../../functions/engine/ports.ts';
import type { LakeView } from './storage.ts';

/** What a run's report says of the effort that it was. */
export interface ReportedEffort {
  /** ISO text. */
  readonly startedAt: string;
  readonly tookMs: number;
  /** Windows read to their end. */
  readonly windows: number;
  readonly requests: number;
  /** In the vendor's points, where it counts any. */
  readonly points: number | undefined;
  /** Details that were asked for; undefined of a list. */
  readonly details: number | undefined;
}

const DAY_MS = 86_400_000;
/** The newest of them may be of backfills, and of runs that read nothing. */
const MOST_READ = 20;

/**
 * The newest report of a live run of the stream that read something; undefined where there is none around the instant at which a run wrote
 * the checkpoint last (epoch ms). A report lies under the date on which its run began.
 * @throws ConvlakeError `lake-unavailable`
 */
export async function lastReport(
  lake: LakeView,
  { definition, tenant }: { readonly definition: StreamDefinition; readonly tenant: string },
  writtenAt: number,
): Promise<ReportedEffort | undefined> {
  const { source, stream } = definition;
  const name = `${stream.slice(source.length + 1)}-`;
  for (const at of [writtenAt, writtenAt - DAY_MS]) {
    const folder = runReportFolder({ source, tenant, date: isoInstant(at).slice(0, 10) });
    const listed: ListedObject[] = [];
    for await (const object of lake.list(folder)) {
      if (object.key.startsWith(folder + name)) listed.push(object);
    }
    listed.sort((a, b) => b.modifiedAt - a.modifiedAt);
    for (const { key, tag } of listed.slice(0, MOST_READ)) {
      const report = effortIn(await textOf(lake.read(key, tag)));
      if (report) return report;
    }
  }
  return undefined;
}

async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  return Buffer.concat(parts).toString('utf8');
}

/** Undefined for what is not the report of a live run that read something: a lake may hold whatever others have put there. */
export function effortIn(text: string): ReportedEffort | undefined {
  const report = parsed(text);
  const { purpose, startedAt, details } = report;
  const [tookMs, windows, requests] = [report['tookMs'], report['windows'], report['requests']].map(countIn);
  if (purpose !== 'live' || typeof startedAt !== 'string' || tookMs === undefined || !windows || !requests) {
    return undefined;
  }
  return { startedAt, tookMs, windows, requests, points: countIn(report['points']), details: detailsIn(details) };
}

function detailsIn(details: unknown): number | undefined {
  if (!isObject(details)) return undefined;
  const [fetched = 0, gone = 0, failed = 0] = [details['fetched'], details['gone'], details['failed']].map(countIn);
  return fetched + gone + failed;
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function countIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
