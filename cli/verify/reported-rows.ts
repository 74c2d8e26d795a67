import { text } from 'node:stream/consumers';
import { RUN_REPORTS } from '../../contract/layout.ts';
import type { StreamDefinition } from '../../contract/streams.ts';
import type { LakeView } from '../run/storage.ts';
import { listAll } from './lake-objects.ts';

/** Reports that are read side by side. */
const AT_ONCE = 32;

/**
 * How many rows the reports of runs say that they left in each object, at most: rows leave none but the undated one. Reports that are gone,
 * or that cannot be read, say nothing.
 * @throws ConvlakeError `lake-unavailable`
 */
export async function reportedRows(
  lake: LakeView,
  { source, stream }: StreamDefinition,
  tenant: string,
): Promise<ReadonlyMap<string, number>> {
  const most = new Map<string, number>();
  const folder = `${RUN_REPORTS}/source=${source}/tenant=${tenant}/`;
  const name = `${stream.slice(source.length + 1)}-`;
  for (const day of await lake.folders(folder)) {
    const listed = await listAll(lake, [`${folder}${day}/`]);
    const own = listed.filter(({ key }) => key.startsWith(`${folder}${day}/${name}`));
    for (let at = 0; at < own.length; at += AT_ONCE) {
      const texts = own.slice(at, at + AT_ONCE).map(({ key, tag }) => text(lake.read(key, tag)));
      for (const { key, rows } of (await Promise.all(texts)).flatMap((report) => objectsIn(report, stream))) {
        most.set(key, Math.max(rows, most.get(key) ?? 0));
      }
    }
  }
  return most;
}

interface ReportedObject {
  readonly key: string;
  readonly rows: number;
}

/** None of what is not a report: a lake may hold whatever others have put there. */
function objectsIn(written: string, stream: string): readonly ReportedObject[] {
  try {
    const report = JSON.parse(written) as {
      readonly stream?: unknown;
      readonly objects?: unknown;
    };
    return report.stream === stream && Array.isArray(report.objects) ? report.objects.filter(isReported) : [];
  } catch {
    return [];
  }
}

function isReported(value: unknown): value is ReportedObject {
  if (typeof value !== 'object' || value === null || !('key' in value) || !('rows' in value)) return false;
  return typeof value.key === 'string' && typeof value.rows === 'number';
}
