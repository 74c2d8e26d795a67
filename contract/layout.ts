/**
 * Where everything lies: object keys relative to the lake's root, and the names of checkpoints. All are pure functions of
 * what they name, without counters or clocks, so that everyone who knows the stream, tenant and date knows the place.
 */

import type { SourceName, StreamName } from './streams.ts';

/** What a key is made from. */
export interface ObjectPlace {
  /** `<source>_<stream>`, as the catalogue has it. */
  readonly table: string;
  readonly tenant: string;
  /** The UTC date `YYYY-MM-DD` of the rows; undefined for rows without a usable time. */
  readonly dt: string | undefined;
}

/** Hive's folder for rows whose partition value is null; readers see a null `dt`. */
export const UNDATED_PARTITION = '__HIVE_DEFAULT_PARTITION__';

const TENANT_FORM = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;
const STAGE_FORM = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/;
const RUN_ID_FORM = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const TABLE_FORM = /^[a-z][a-z0-9]*_[a-z0-9_]+$/;
const DATE_FORM = /^\d{4}-\d\d-\d\d$/;
const KEY_FORM = /^([^/]+)\/tenant=([^/]+)\/dt=([^/]+)\/([^/]+)\.ndjson\.gz$/;
const OVERSIZED = '_oversized';
const REVISITS = '_revisits';
const OVERSIZED_KEY_FORM = /^([^/]+)_oversized\/tenant=([^/]+)\/dt=([^/]+)\/([0-9a-f]+-[0-9a-f]+)\.json\.gz$/;
/** Two hashes in hexadecimal digits: of the row's key and of its bytes. */
const OVERSIZED_ROW_FORM = /^[0-9a-f]+-[0-9a-f]+$/;

/**
 * Whether the text can name a tenant: 1 to 128 letters, digits, `.`, `_` or `-`, the first no `.`. These are what a folder,
 * an S3 key, a Hive partition value and an SSM parameter name (which allows no others) all take as they are.
 */
export function isTenant(text: string): boolean {
  return TENANT_FORM.test(text);
}

/** Whether the text can name a stage: the characters of a tenant, at most 64 of them. */
export function isStage(text: string): boolean {
  return STAGE_FORM.test(text);
}

/**
 * The key of the one object of a partition, relative to the lake's root, with `/` on every system.
 * @throws RangeError for a part that could lead elsewhere or that `parseObjectKey` would not give back
 */
export function objectKey({ table, tenant, dt }: ObjectPlace): string {
  assertForm('table', table, TABLE_FORM.test(table));
  assertForm('tenant', tenant, isTenant(tenant));
  if (dt === undefined) return `${table}/tenant=${tenant}/dt=${UNDATED_PARTITION}/undated.ndjson.gz`;
  assertForm('date', dt, isDate(dt));
  return `${table}/tenant=${tenant}/dt=${dt}/${dt}.ndjson.gz`;
}

/** What `objectKey` made the key from; undefined for every key that it does not make. */
export function parseObjectKey(key: string): ObjectPlace | undefined {
  const [, table = '', tenant = '', folder = '', file = ''] = KEY_FORM.exec(key) ?? [];
  if (!TABLE_FORM.test(table) || !isTenant(tenant)) return undefined;
  if (folder === UNDATED_PARTITION && file === 'undated') return { table, tenant, dt: undefined };
  return folder === file && isDate(folder) ? { table, tenant, dt: folder } : undefined;
}

/** The folder of all rows of a table that are too large for a line, without a slash at its end. */
export function oversizedTable(table: string): string {
  return `${table}${OVERSIZED}`;
}

/**
 * The folder of the rows of one partition that are too large for a line, with a slash at its end. Each is an object of its own there.
 * @throws RangeError for a part that could lead elsewhere
 */
export function oversizedFolder({ table, tenant, dt }: ObjectPlace): string {
  assertForm('table', table, TABLE_FORM.test(table));
  assertForm('tenant', tenant, isTenant(tenant));
  assertForm('date', dt ?? '', dt === undefined || isDate(dt));
  return `${oversizedTable(table)}/tenant=${tenant}/dt=${dt ?? UNDATED_PARTITION}/`;
}

/**
 * The key of the object of one row that is too large for a line; `row` is `<hash of its key>-<hash of its bytes>`, in hexadecimal digits.
 * @throws RangeError for a part that could lead elsewhere or that `parseOversizedKey` would not give back
 */
export function oversizedKey(place: ObjectPlace, row: string): string {
  assertForm('row', row, OVERSIZED_ROW_FORM.test(row));
  return `${oversizedFolder(place)}${row}.json.gz`;
}

/** What `oversizedKey` made the key from; undefined for every key that it does not make. */
export function parseOversizedKey(key: string): (ObjectPlace & { readonly row: string }) | undefined {
  const [, table = '', tenant = '', folder = '', row = ''] = OVERSIZED_KEY_FORM.exec(key) ?? [];
  if (!TABLE_FORM.test(table) || !isTenant(tenant)) return undefined;
  if (folder === UNDATED_PARTITION) return { table, tenant, dt: undefined, row };
  return isDate(folder) ? { table, tenant, dt: folder, row } : undefined;
}

/** The folder of all run reports, relative to the lake's root. */
export const RUN_REPORTS = 'convlake_runs';

/** How long a run report is of interest: beyond that the table of the runs does not show it, and the stack's own bucket drops it. */
export const RUN_REPORT_DAYS = 400;

/** The folder of what is to be asked for again of all tenants of a table whose rows are fetched one by one, without a slash at its end. */
export function revisitsTable(table: string): string {
  return `${table}${REVISITS}`;
}

/**
 * The key of the one object that says what is to be asked for again of a table and tenant.
 * @throws RangeError for a part that could lead elsewhere
 */
export function revisitsKey({ table, tenant }: Pick<ObjectPlace, 'table' | 'tenant'>): string {
  assertForm('table', table, TABLE_FORM.test(table));
  assertForm('tenant', tenant, isTenant(tenant));
  return `${revisitsTable(table)}/tenant=${tenant}/revisits.ndjson.gz`;
}

/**
 * The key of a run's report, relative to the lake's root. The run's id makes it unique: it is written once, by one run.
 * `date` is the UTC date on which the run began; `stream` is left out for a run that is not of one stream.
 * @throws RangeError for a part that could lead elsewhere
 */
export function runReportKey(run: {
  readonly source: SourceName;
  readonly stream?: StreamName | undefined;
  readonly tenant: string;
  readonly date: string;
  readonly runId: string;
}): string {
  const { source, stream, tenant, date, runId } = run;
  assertForm('run id', runId, RUN_ID_FORM.test(runId));
  const file = stream === undefined ? runId : `${nameWithin(source, stream)}-${runId}`;
  return `${runReportFolder({ source, tenant, date })}${file}.ndjson`;
}

/**
 * The folder of the reports of a source and tenant whose runs began on a UTC date, with a slash at its end.
 * @throws RangeError for a part that could lead elsewhere
 */
export function runReportFolder(runs: {
  readonly source: SourceName;
  readonly tenant: string;
  readonly date: string;
}): string {
  const { source, tenant, date } = runs;
  assertForm('tenant', tenant, isTenant(tenant));
  assertForm('date', date, isDate(date));
  return `${RUN_REPORTS}/source=${source}/tenant=${tenant}/dt=${date}/`;
}

/**
 * The name of the checkpoint of a stream and tenant. With a stage it is the SSM parameter `/convlake/<stage>/<source>/<stream>/<tenant>`;
 * without one it is `<source>/<stream>/<tenant>`, for a folder that is already the lake's own.
 * @throws RangeError for a part that could lead elsewhere
 */
export function checkpointName(of: {
  readonly stage?: string | undefined;
  readonly source: SourceName;
  readonly stream: StreamName;
  readonly tenant: string;
}): string {
  const { stage, source, stream, tenant } = of;
  assertForm('tenant', tenant, isTenant(tenant));
  const name = `${source}/${nameWithin(source, stream)}/${tenant}`;
  if (stage === undefined) return name;
  assertForm('stage', stage, isStage(stage));
  return `/convlake/${stage}/${name}`;
}

/** `vocconv` of `crescendo.vocconv`. */
function nameWithin(source: SourceName, stream: StreamName): string {
  assertForm(`stream of ${source}`, stream, stream.startsWith(`${source}.`));
  return stream.slice(source.length + 1);
}

/** A day of the calendar, not only digits: 2026-02-30 would be parsed as 2 March. */
function isDate(text: string): boolean {
  if (!DATE_FORM.test(text)) return false;
  const atMs = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(text);
}

function assertForm(what: string, text: string, holds: boolean): void {
  if (!holds) throw new RangeError(`${JSON.stringify(text.slice(0, 128))} cannot be a ${what} in the lake's layout`);
}
