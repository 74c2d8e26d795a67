import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import { isoInstant } from '../../contract/instant.ts';
import { objectKey, parseObjectKey } from '../../contract/layout.ts';
import type { Checkpoint } from '../../functions/engine/checkpoint.ts';
import type { Codec } from '../../functions/engine/ports.ts';
import { rowEntry } from '../../functions/engine/rows/oversized.ts';
import { TableCheck } from '../../functions/engine/verify/check-object.ts';
import type { Finding } from '../../functions/engine/verify/finding.ts';
import { instantText, several } from '../output/words.ts';
import type { LakeView } from '../run/storage.ts';
import { lakeObjects, oversizedObjects } from './lake-objects.ts';
import { reportedRows } from './reported-rows.ts';

const DAY_MS = 86_400_000;

/** What was found of one stream and tenant. */
export interface Verdict {
  readonly stream: StreamConfiguration;
  readonly objects: number;
  readonly rows: number;
  readonly findings: readonly Finding[];
  /** Findings that are counted alone, since an object has too many of them. */
  readonly untold: number;
  /** What people should know, and what is not wrong by itself; each a sentence without its full stop. */
  readonly notes: readonly string[];
}

/** What the lake of one stream is verified with. */
export interface VerifyParts {
  readonly lake: LakeView;
  readonly codec: Codec;
  readonly checkpoint: Checkpoint | undefined;
  readonly showKeys: boolean;
  /** Called before each object is read. */
  readonly reading: (key: string) => void;
}

/** Reads every object of a stream and tenant. No vendor is asked. @throws ConvlakeError `lake-unavailable` */
export async function verifyStream(stream: StreamConfiguration, parts: VerifyParts): Promise<Verdict> {
  const { lake, codec, checkpoint, showKeys, reading } = parts;
  const { definition, tenant } = stream;
  const entry = rowEntry({ definition, tenant, volatile: stream.volatile });
  const { objects, foreign } = await lakeObjects(lake, definition.table, tenant);
  const reported = await reportedRows(lake, definition, tenant);
  const check = new TableCheck({ definition, entry, lake, codec, showKeys });
  const findings: Finding[] = foreign.map(({ key }) => ({
    kind: 'foreign-object',
    object: key,
    message: 'convlake does not write it, and whoever reads the table takes its lines for rows; move it elsewhere',
  }));
  const references = new Map<string, string>();
  let rows = 0;
  let untold = 0;
  for (const object of objects) {
    reading(object.key);
    const checked = await check.read(object);
    rows += checked.rows;
    untold += checked.untold;
    findings.push(...checked.findings, ...tooFew(object.key, checked, reported.get(object.key)));
    for (const reference of checked.references) references.set(reference, object.key);
  }
  findings.push(...(await goneOversized(lake, references)));
  const there = new Set(objects.map(({ key }) => key));
  findings.push(...goneObjects(stream, there, { reported, checkpoint }));
  return { stream, objects: objects.length, rows, findings, untold, notes: gaps([...there]) };
}

/** Rows leave no object but that of the undated ones. */
function tooFew(
  key: string,
  { rows, findings }: { readonly rows: number; readonly findings: readonly Finding[] },
  reported: number | undefined,
): readonly Finding[] {
  const unreadable = findings.some(({ kind }) => kind === 'object-corrupt');
  if (unreadable || reported === undefined || rows >= reported || parseObjectKey(key)?.dt === undefined) return [];
  const message = `it has ${several(rows, 'row')}, and a run left ${reported} in it`;
  return [{ kind: 'rows-gone', object: key, message }];
}

async function goneOversized(lake: LakeView, references: ReadonlyMap<string, string>): Promise<readonly Finding[]> {
  const there = await oversizedObjects(lake, [...new Set(references.values())]);
  return [...references]
    .filter(([reference]) => !there.has(reference))
    .map(([reference, object]) => {
      const message = `a row too large for a line is to be in ${reference}, which is not there`;
      return { kind: 'oversized-gone', object, message };
    });
}

/** What runs have told of and is not there. */
function goneObjects(
  { definition: { table }, tenant }: StreamConfiguration,
  there: ReadonlySet<string>,
  {
    reported,
    checkpoint,
  }: { readonly reported: ReadonlyMap<string, number>; readonly checkpoint: Checkpoint | undefined },
): readonly Finding[] {
  const gone = new Map<string, string>();
  for (const key of reported.keys()) {
    const place = parseObjectKey(key);
    const own = place?.table === table && place.tenant === tenant && place.dt !== undefined;
    if (own && !there.has(key)) gone.set(key, 'a run has written it, and it is not there');
  }
  const newest = checkpoint?.newestRow;
  if (newest !== undefined) {
    const key = objectKey({ table, tenant, dt: isoInstant(newest).slice(0, 10) });
    const message = `the checkpoint speaks of a row of ${instantText(newest)}, and the object is not there`;
    if (!there.has(key) && !gone.has(key)) gone.set(key, message);
  }
  return [...gone].map(([object, message]) => ({ kind: 'object-gone', object, message }));
}

/** Days without an object between days that have one: there may have been no conversations. */
function gaps(keys: readonly string[]): readonly string[] {
  const days = keys.flatMap((key) => parseObjectKey(key)?.dt ?? []).toSorted();
  const missing: string[] = [];
  for (const [at, day] of days.entries()) {
    const next = days[at + 1];
    if (next === undefined) break;
    for (let ms = Date.parse(day) + DAY_MS; ms < Date.parse(next); ms += DAY_MS) {
      missing.push(isoInstant(ms).slice(0, 10));
    }
  }
  if (missing.length === 0) return [];
  const told =
    missing.length > 5 ? `${missing.slice(0, 5).join(', ')} and ${missing.length - 5} more` : missing.join(', ');
  return [
    `${several(missing.length, 'day')} without an object between days that have one: ${told}; --from and --to ask the vendor`,
  ];
}
