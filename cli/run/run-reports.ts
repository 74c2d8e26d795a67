import { isoInstant } from '../../contract/instant.ts';
import { runReportFolder } from '../../contract/layout.ts';
import type { StreamDefinition } from '../../contract/streams.ts';
import { hasCode } from '../../functions/engine/errors.ts';
import type { Lake, ListedObject } from '../../functions/engine/ports.ts';

const MOST_AT_ONCE = 16;

/** The part of a lake that reading reports needs. */
type ReportLake = Pick<Lake, 'list' | 'read'>;

/** Whose reports are read. */
export interface Reporting {
  readonly definition: Pick<StreamDefinition, 'source' | 'stream'>;
  readonly tenant: string;
}

/** A report as it was parsed; of what is not one, an object without fields. */
export type Report = Readonly<Record<string, unknown>>;

/** The reports that the runs of a lake left. */
export interface RunReports {
  /**
   * Those of a stream whose runs began on the UTC date of an instant (epoch ms), newest first.
   * @throws ConvlakeError `lake-unavailable`
   */
  newestFirst(of: Reporting, at: number): AsyncIterable<Report>;
}

/** The reports of a lake. The folder of a date is listed once, for all streams of its source and tenant. */
export function runReports(lake: ReportLake): RunReports {
  const folders = new Map<string, Promise<readonly ListedObject[]>>();
  const listed = (folder: string) => {
    const known = folders.get(folder) ?? listAll(lake, folder);
    folders.set(folder, known);
    return known;
  };
  return {
    async *newestFirst({ definition: { source, stream }, tenant }, at) {
      const folder = runReportFolder({ source, tenant, date: isoInstant(at).slice(0, 10) });
      const name = `${folder}${stream.slice(source.length + 1)}-`;
      const own = (await listed(folder)).filter(({ key }) => key.startsWith(name));
      for (const some of inReadings(byInstant(own))) {
        const groups = await Promise.all(
          some.map((written) => Promise.all(written.map((object) => readReport(lake, object)))),
        );
        for (const group of groups) yield* group.sort(laterFirst);
      }
    },
  };
}

function laterFirst(a: Report, b: Report): number {
  return String(a['startedAt']) < String(b['startedAt']) ? 1 : -1;
}

async function listAll(lake: ReportLake, folder: string): Promise<readonly ListedObject[]> {
  const listed: ListedObject[] = [];
  for await (const object of lake.list(folder)) listed.push(object);
  return listed;
}

/** Latest first. S3 tells when an object was written to the second, so those of one instant are told apart by what they say. */
function byInstant(objects: readonly ListedObject[]): ListedObject[][] {
  const groups = Map.groupBy(objects, ({ modifiedAt }) => modifiedAt);
  return [...groups].sort(([a], [b]) => b - a).map(([, written]) => written);
}

/** What is read at once, more each time: most readers want the newest alone, and those who want more want many. */
function* inReadings<T>(groups: readonly T[]): Generator<readonly T[]> {
  let from = 0;
  for (let size = 1; from < groups.length; size = Math.min(2 * size, MOST_AT_ONCE)) {
    yield groups.slice(from, from + size);
    from += size;
  }
}

/** One that is gone by now, or was put anew by others, says nothing. */
async function readReport(lake: ReportLake, { key, tag }: ListedObject): Promise<Report> {
  const parts: Uint8Array[] = [];
  try {
    for await (const piece of lake.read(key, tag)) parts.push(piece);
  } catch (error) {
    if (hasCode(error, 'object-changed')) return {};
    throw error;
  }
  return reportIn(Buffer.concat(parts).toString('utf8'));
}

/** The report that a text holds: a lake may hold whatever others have put there. */
export function reportIn(text: string): Report {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** Whether a value of JSON is an object. */
export function isObject(value: unknown): value is Report {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A count of a report; undefined for anything else. */
export function countIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
