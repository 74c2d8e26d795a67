/**
 * The configuration: what `convlake.config.ts` or a `.json` of the same shape may say, and what the rest of the project
 * gets of it. Reading it has no effects and looks at no clock, no environment and no disk.
 */

import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { formatDuration, parseDuration } from '../duration.ts';
import { isStage, isTenant } from '../layout.ts';
import { type StreamDefinition, type StreamName, streamDefinition, streams } from '../streams.ts';

/** One thing that is wrong with a configuration. */
export interface Problem {
  /** Where it is, such as `streams[2].tenant`; `configuration` for the whole. */
  readonly path: string;
  /** What was seen, what is allowed, and the mend. Never a credential. */
  readonly message: string;
}

/** A configuration that has no problems, with every default filled in. */
export interface Configuration {
  readonly stage: string;
  /** A folder on this machine, as it was written; or `s3://bucket/prefix`, without a slash at the end. */
  readonly lake: string;
  /** At least one; no stream and tenant twice. In the order written. */
  readonly streams: readonly StreamConfiguration[];
}

/** One stream of one tenant. Durations and instants are milliseconds on whole seconds. */
export interface StreamConfiguration {
  readonly definition: StreamDefinition;
  readonly tenant: string;
  /** Where the credential is: an environment variable, a secret's name or ARN, or an SSM parameter; `label` names it in messages. */
  readonly credential: { readonly kind: 'env' | 'secret' | 'ssm'; readonly name: string; readonly label: string };
  /** Scheme, host and prefix, without a slash at the end. */
  readonly baseUrl: string;
  /** Follows the base URL: the tenant filled in, percent-encoded. */
  readonly path: string;
  /** The header (lower case) that carries the credential, and what stands before it. */
  readonly authHeader: { readonly header: string; readonly scheme: string };
  /** The first export begins here. */
  readonly startMs: number;
  readonly everyMs: number;
  readonly lookbackMs: number;
  /** The daily re-read at `HH:MM` in `timeZone`; it reaches at least as far as `lookbackMs`. */
  readonly deep: { readonly at: string; readonly lookbackMs: number };
  readonly timeZone: string;
  readonly settleMs: number;
  /** The longest span read in one walk: 1 minute to 1 day. */
  readonly windowMs: number;
  readonly concurrency: number;
  readonly pageSize: number;
  /** The share of the vendor's budget that is left to others, 0 to 0.9. */
  readonly reserve: number;
  /**
   * The first UTC date that the stream's table shows, `YYYY-MM-DD`; the same for all tenants of a stream, who share its table.
   * Rows of earlier dates are in the lake and not in the table.
   */
  readonly tableFrom: string;
  readonly enabled: boolean;
}

/** What `convlake.config.ts` may say. Of a stream, everything but `stream`, `tenant`, `credential` and `start` has a default. */
export type ConfigurationInput = z.input<typeof configurationSchema>;

/** Gives `convlake.config.ts` its types; checks nothing, which is for `parseConfiguration`. */
export function defineConfig(input: ConfigurationInput): ConfigurationInput {
  return input;
}

/** Reads a configuration: the resolved one, or every problem at once, also those between streams. Throws nothing. */
export function parseConfiguration(
  input: unknown,
): { readonly configuration: Configuration } | { readonly problems: readonly Problem[] } {
  const parsed = configurationSchema.safeParse(input);
  const problems = [...(parsed.error?.issues ?? []).flatMap(problemsOf), ...problemsBetween(input)];
  if (!parsed.success || problems.length > 0) return { problems };
  const resolved = parsed.data.streams.map(resolveStream);
  return {
    configuration: {
      ...parsed.data,
      streams: resolved.map((stream) => ({ ...stream, tableFrom: tableFromOf(stream, resolved) })),
    },
  };
}

/**
 * The instant of an ISO 8601 text with `Z` or an offset, or of a date (its first moment in UTC), in epoch milliseconds, cut
 * to the whole second. Undefined for anything else and outside the years 1970 to 9999, beyond which no vendor's filter and
 * no `dt` reaches.
 */
export function parseInstant(written: string): number | undefined {
  if (!instantForm.test(written)) return undefined;
  try {
    const at = Temporal.Instant.from(written.includes(':') ? written : `${written}T00:00:00Z`);
    const atMs = Math.floor(at.epochMilliseconds / 1000) * 1000;
    return atMs >= 0 && atMs < firstMsOfYear10000 ? atMs : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined; // such as 30 February
    throw error;
  }
}

const instantForm = /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:?\d\d))?$/;
const firstMsOfYear10000 = Date.UTC(10_000, 0);

/** What a setting reads as: a value, or why not. */
type Reading<T> = { readonly value: T } | { readonly refused: string };

/** A setting that is written as `Written`. Its reader gets values of every type, and `undefined` where the setting is missing. */
function setting<Written, Meaning>(read: (value: unknown) => Reading<Meaning>) {
  return z.custom<Written>().transform((value, context): Meaning => {
    const reading = read(value);
    if ('value' in reading) return reading.value;
    context.addIssue(reading.refused);
    return z.NEVER;
  });
}

/** A setting written as text; `mend` says what to write instead of anything else. */
function text<Meaning, Written extends string = string>(mend: string, read: (written: string) => Reading<Meaning>) {
  return setting<Written, Meaning>((value) =>
    typeof value === 'string' ? read(value) : { refused: otherType(value, mend) },
  );
}

/** A setting written as text that means itself. */
function textThat(holds: (written: string) => boolean, what: string, mend: string) {
  return text<string>(mend, (value) =>
    holds(value) ? { value } : { refused: `${shown(value)} is no ${what}; ${mend}` },
  );
}

function duration(example: string, leastMs = 0, mostMs = Number.POSITIVE_INFINITY) {
  const least = leastMs > 0 ? `, ${formatDuration(leastMs)} at least` : '';
  const most = mostMs < Number.POSITIVE_INFINITY ? `, ${formatDuration(mostMs)} at most` : '';
  const mend = `write a number and a unit in whole seconds, such as "${example}"${least}${most}`;
  return setting<string | 0, number>((value) => {
    if (typeof value !== 'string' && value !== 0) return { refused: otherType(value, mend) };
    const readMs = parseDuration(String(value));
    if (readMs === undefined) return { refused: `${shown(String(value))} is no duration; ${mend}` };
    // Windows and requests lie on whole seconds: some vendors know no smaller unit.
    const fits = readMs >= leastMs && readMs <= mostMs && readMs % 1000 === 0;
    return fits ? { value: readMs } : { refused: `${shown(String(value))} is out of range; ${mend}` };
  });
}

function number(kind: 'whole number' | 'number', least: number, most = Number.POSITIVE_INFINITY) {
  const mend = `write a ${kind} from ${least}${most < Number.POSITIVE_INFINITY ? ` to ${most}` : ''}`;
  return setting<number, number>((value) => {
    if (typeof value !== 'number') return { refused: otherType(value, mend) };
    const fits = value >= least && value <= most && (kind === 'number' || Number.isSafeInteger(value));
    return fits ? { value } : { refused: `${value} is out of range; ${mend}` };
  });
}

const trueOrFalse = setting<boolean, boolean>((value) =>
  typeof value === 'boolean' ? { value } : { refused: otherType(value, 'write true or false') },
);

const names = [...streams.keys()];
const nameMend = 'letters, digits, ".", "_" and "-", not beginning with "."';
const credentialMend =
  'put the key into an environment variable, a secret or an SSM SecureString, and write "env:NAME", "secret:<name>" or "ssm:<name>"';
const lakeMend = 'write a folder, such as "./lake", or "s3://bucket/prefix"';
const instantMend = 'write "2026-01-01T00:00:00Z", with Z or an offset, or a date (UTC) from 1970 to 9999';
const baseUrlMend = 'write scheme, host and prefix only, such as "https://api.example.com"';
const tableFromMend = 'write the first date that the table is to show, such as "2024-01-01"';
const pathMend = 'write a path such as "/v2/conversations", where {tenant} stands for the tenant';

const deepSchema = z.strictObject(
  {
    /** `HH:MM` of 24 hours in `timeZone`. */
    at: textThat(
      (at) => /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(at),
      'time of day',
      'write HH:MM, such as "03:00"',
    ).optional(),
    /** How far the daily re-read reaches; where `lookback` is longer, that counts. */
    lookback: duration('7 days').optional(),
  },
  { error: ({ input }) => otherType(input, 'write { "at": "03:00", "lookback": "7 days" }') },
);

const streamSchema = z.strictObject(
  {
    stream: text<StreamDefinition, StreamName>(`write one of ${names.join(', ')}`, readStreamName),
    /** The customer account of the vendor: 1 to 128 letters, digits, `.`, `_`, `-`. */
    tenant: textThat(isTenant, 'tenant', `write 1 to 128 ${nameMend}`),
    /** Where the vendor's key is: `env:NAME` (environment variable), `secret:<name>` (Secrets Manager) or `ssm:<name>` (SecureString). */
    credential: text(credentialMend, readCredential),
    /** Another origin or prefix than the vendor's own; `http` for this machine only. */
    baseUrl: text(baseUrlMend, readBaseUrl).optional(),
    /** Another path than the catalogue's; `{tenant}` stands for the tenant. */
    path: text(pathMend, readPath).optional(),
    /** The header that carries the key: `authorization` sends `Bearer <key>`, any other the key alone. */
    authHeader: text('write the name of a header, such as "x-api-key"', readAuthHeader).optional(),
    /** The first export begins here: an ISO instant with `Z` or an offset, or a date (UTC). */
    start: text(instantMend, readStart),
    /** How often the schedule runs. */
    every: duration('1 hour', 60_000).optional(),
    /** How far before the watermark every run reads again. */
    lookback: duration('1 day').optional(),
    deep: deepSchema.optional(),
    /** The zone of `deep.at`, as the IANA database names it. */
    timeZone: text('write a zone of the IANA database, such as "Europe/Berlin"', readTimeZone).optional(),
    /** How far behind now reading ends, for rows that appear late. */
    settle: duration('2 minutes').optional(),
    /** The longest span read in one walk. */
    window: duration('1 day', 60_000, 86_400_000).optional(),
    /** Windows read at the same time. */
    concurrency: number('whole number', 1, 64).optional(),
    /** Rows asked for per request. */
    pageSize: number('whole number', 1).optional(),
    /** The share of the vendor's budget left to others. */
    reserve: number('number', 0, 0.9).optional(),
    /** The first date (UTC) that the table shows; one table serves all tenants of a stream, so the earliest counts. */
    tableFrom: textThat(isDate, 'date', tableFromMend).optional(),
    /** False stops the schedule and keeps everything else. */
    enabled: trueOrFalse.optional(),
  },
  { error: ({ input }) => otherType(input, 'write an object with stream, tenant, credential and start') },
);

const configurationSchema = z.strictObject(
  {
    /** Keeps deployments apart: 1 to 64 letters, digits, `.`, `_`, `-`. */
    stage: textThat(isStage, 'stage', `write 1 to 64 ${nameMend}`),
    /** Where the objects go: a folder, or `s3://bucket/prefix`. */
    lake: text(lakeMend, readLake),
    streams: z
      .array(streamSchema, { error: ({ input }) => otherType(input, 'write a list of streams') })
      .min(1, 'is empty; write at least one stream'),
  },
  { error: ({ input }) => otherType(input, 'write an object with stage, lake and streams') },
);

function readStreamName(written: string): Reading<StreamDefinition> {
  const name = names.find((known) => known === written);
  if (name) return { value: streamDefinition(name) };
  return {
    refused: `there is no stream ${shown(written)};${suggestion(written, names)} streams are ${names.join(', ')}`,
  };
}

function readCredential(written: string): Reading<StreamConfiguration['credential']> {
  const [, kind, name = ''] = /^(env|secret|ssm):(.*)$/s.exec(written) ?? [];
  if (kind === undefined)
    return {
      refused: `does not begin with "env:", "secret:" or "ssm:" and may be a key, so it is not shown; ${credentialMend}`,
    };
  const place = credentialPlaces.find((known) => known.kind === kind);
  // The name is not shown: it may be the key, pasted behind the colon.
  if (!place?.form.test(name)) {
    return { refused: `has no name of ${place?.what} after "${kind}:"; use ${place?.characters}` };
  }
  return { value: { kind: place.kind, name, label: `${kind}:${name}` } };
}

/** What can hold a key, and how each is named (AWS: CreateSecret and PutParameter, `Name`). */
const credentialPlaces = [
  {
    kind: 'env',
    what: 'an environment variable',
    form: /^[A-Za-z_][A-Za-z0-9_]*$/,
    characters: 'letters, digits and "_", no digit first',
  },
  {
    kind: 'secret',
    what: 'a secret',
    form: /^(?:arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:)?[A-Za-z0-9/_+=.@-]{1,512}$/,
    characters: 'letters, digits and "/_+=.@-", or its whole ARN',
  },
  {
    kind: 'ssm',
    what: 'an SSM parameter',
    form: /^\/?[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/,
    characters: 'letters, digits and "_.-" between slashes',
  },
] as const;

function readLake(written: string): Reading<string> {
  const mend = lakeMend;
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(written)?.[1]?.toLowerCase();
  if (scheme === 's3') return readBucketLake(written);
  if (scheme !== undefined) return { refused: `${shown(`${scheme}:`)} is no kind of lake; ${mend}` };
  if (written.trim() === '') return { refused: `is blank; ${mend}` };
  if (/^~(?:\/|$)/.test(written)) return { refused: `"~" is taken as it stands, not as your home; ${mend}` };
  if (/\p{Cc}/u.test(written)) return { refused: `holds a control character; ${mend}` };
  if (isRoot(written)) return { refused: `${shown(written)} is the root of the file system; ${mend}` };
  return { value: written };
}

/** A prefix is part of keys, of policies and of tables' locations, so it has the characters that all of them take as they are. */
function readBucketLake(written: string): Reading<string> {
  const trimmed = written.replace(/\/+$/, '');
  const isLake = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[A-Za-z0-9._=-]+)*$/.test(trimmed);
  if (isLake && !/\/\.{1,2}(?:\/|$)/.test(trimmed)) return { value: trimmed };
  const mend =
    'write "s3://bucket/prefix", the bucket in lower case, the prefix of letters, digits and "._=-" between slashes';
  return { refused: `${shown(written)} names no bucket and prefix; ${mend}` };
}

/** Whether an absolute path leads to `/`, as `/lake/..` does. */
function isRoot(folder: string): boolean {
  let depth = 0;
  for (const part of folder.split('/')) {
    if (part === '..') depth = Math.max(0, depth - 1);
    else if (part !== '' && part !== '.') depth += 1;
  }
  return folder.startsWith('/') && depth === 0;
}

function readBaseUrl(written: string): Reading<string> {
  // Shown by none of these: keys are pasted into addresses, as a user name or a query.
  if (!/^https?:\/\/[^\s\p{Cc}\\{}]+$/iu.test(written) || !URL.canParse(written)) {
    return { refused: `is no web address; ${baseUrlMend}` };
  }
  const url = new URL(written);
  if (url.username !== '' || url.password !== '' || /[?#]/.test(written)) {
    return { refused: `holds a user, a password, a query or a fragment; ${baseUrlMend}` };
  }
  const isLoopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && !isLoopback) {
    return {
      refused: 'would send the key unencrypted; write https:// (http:// is for 127.0.0.1, [::1] and localhost)',
    };
  }
  return { value: `${url.origin}${url.pathname.replace(/\/+$/, '')}` };
}

function readPath(written: string): Reading<string> {
  const plain = written.replaceAll('{tenant}', 'tenant');
  // The characters of RFC 3986, section 3.3. `//` first would read as a host, and `%2e` is a dot for URL parsers.
  const isPath = /^\/(?!\/)(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*$/.test(plain);
  if (!isPath) return { refused: `is no path, or holds a query, a fragment or characters to be encoded; ${pathMend}` };
  if (/\.\.|%2e/i.test(plain)) return { refused: `holds ".."; ${pathMend}` };
  return { value: written };
}

function readAuthHeader(written: string): Reading<StreamConfiguration['authHeader']> {
  const header = written.toLowerCase();
  // RFC 9110, section 5.6.2. Not shown: it may be the whole header with the key in it.
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]{1,64}$/.test(header)) {
    return {
      refused: 'is no name of a header; write the name alone, such as "x-api-key", and the key as "credential" says',
    };
  }
  return { value: { header, scheme: header === 'authorization' ? 'Bearer ' : '' } };
}

function readStart(written: string): Reading<number> {
  const value = parseInstant(written);
  return value === undefined ? { refused: `${shown(written)} is no instant; ${instantMend}` } : { value };
}

function readTimeZone(written: string): Reading<string> {
  try {
    // Offsets such as "+01:00" pass for zones here, but have no summer time and no name at AWS.
    if (/^[A-Za-z]/.test(written) && new Intl.DateTimeFormat('en', { timeZone: written })) return { value: written };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  const meant = suggestion(written, Intl.supportedValuesOf('timeZone'));
  return {
    refused: `there is no time zone ${shown(written)};${meant} write a zone of the IANA database, such as "Europe/Berlin"`,
  };
}

/** What is wrong between settings and between streams, found as far as it can be while other things are wrong. */
function problemsBetween(input: unknown): Problem[] {
  const written = propertyOf(input, 'streams');
  const problems: Problem[] = [];
  const firstOf = new Map<string, { readonly index: number; readonly tenant: string }>();
  for (const [index, stream] of (Array.isArray(written) ? written : []).entries()) {
    const name = names.find((known) => known === propertyOf(stream, 'stream'));
    const tenant = propertyOf(stream, 'tenant');
    const pageSize = propertyOf(stream, 'pageSize');
    if (name === undefined) continue;
    const { max } = streamDefinition(name).pageSize;
    if (Number.isSafeInteger(pageSize) && Number(pageSize) > max) {
      problems.push({
        path: `streams[${index}].pageSize`,
        message: `${pageSize} is more than ${name} gives; write a whole number from 1 to ${max}`,
      });
    }
    if (typeof tenant !== 'string') continue;
    const folded = `${name} ${tenant.toLowerCase()}`;
    const first = firstOf.get(folded);
    if (!first) firstOf.set(folded, { index, tenant });
    else problems.push(sameAgain(index, tenant, first));
  }
  return problems;
}

function sameAgain(index: number, tenant: string, first: { readonly index: number; readonly tenant: string }): Problem {
  if (tenant === first.tenant) {
    return {
      path: `streams[${index}]`,
      message: `has the stream and tenant of streams[${first.index}]; leave one of the two out`,
    };
  }
  const message = `${shown(tenant)} and ${shown(first.tenant)} of streams[${first.index}] differ only by case, which some file systems do not tell apart; write one of them otherwise`;
  return { path: `streams[${index}].tenant`, message };
}

function resolveStream(written: z.output<typeof streamSchema>): StreamConfiguration {
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
    reserve: written.reserve ?? 0.2,
    tableFrom: written.tableFrom ?? firstDate(definition, written.start),
    enabled: written.enabled ?? true,
  };
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

/** A date alone, for which its text is compared: no sign, four digits of the year. */
function isDate(written: string): boolean {
  return written.length === 10 && parseInstant(written) !== undefined;
}

/** A duration of the catalogue, whose tests see that it is one. */
function durationOf(written: string): number {
  const readMs = parseDuration(written);
  if (readMs === undefined) throw new Error(`the catalogue's ${shown(written)} is no duration`);
  return readMs;
}

const notBuilt = ['privacy'];

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: pathText(issue.path), message: issue.message }];
  const schema =
    issue.path.length === 0 ? configurationSchema : issue.path.at(-1) === 'deep' ? deepSchema : streamSchema;
  const known = Object.keys(schema.shape);
  return issue.keys.map((key) => {
    const seen = notBuilt.includes(key) ? 'is not built yet; leave it out;' : `is no setting;${suggestion(key, known)}`;
    return { path: pathText([...issue.path, key]), message: `${seen} settings here are ${known.join(', ')}` };
  });
}

/** `streams[2].tenant`. */
function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'configuration';
  return path.reduce<string>((parent, part) => {
    if (typeof part === 'number') return `${parent}[${part}]`;
    const name = String(part);
    return /^[\w$-]{1,64}$/.test(name) ? `${parent}${parent && '.'}${name}` : `${parent}[${shown(name)}]`;
  }, '');
}

function otherType(value: unknown, mend: string): string {
  if (value === undefined) return `is missing; ${mend}`;
  const type =
    value === null
      ? 'null'
      : Array.isArray(value)
        ? 'a list'
        : typeof value === 'object'
          ? 'an object'
          : `a ${typeof value}`;
  return `is ${type}; ${mend}`;
}

/** Quoted, with control characters escaped, and cut: what stands in the wrong place may be long. */
function shown(written: string): string {
  return JSON.stringify(written.length > 60 ? `${written.slice(0, 60)}…` : written);
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** ` did you mean "…"?`, or nothing when no known word is near. */
function suggestion(written: string, known: readonly string[]): string {
  const letters = (word: string) => word.toLowerCase().replace(/[^a-z0-9]/g, '');
  const wanted = letters(written.slice(0, 64)); // no known word is longer; the comparison takes the product of both lengths
  const allowed = Math.floor(wanted.length / 3);
  const near = known
    .map((word) => ({ word, edits: editsBetween(wanted, letters(word)) }))
    .filter(({ edits }) => edits <= allowed)
    .sort((a, b) => a.edits - b.edits)[0];
  const holding = known.filter((word) => wanted.length > 3 && letters(word).includes(wanted));
  const meant = near?.word ?? (holding.length === 1 ? holding[0] : undefined);
  return meant === undefined ? '' : ` did you mean "${meant}"?`;
}

/** Letters to insert, drop or replace to get from one word to the other (Levenshtein). */
function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...from].entries()) {
    let diagonal = row[0] ?? 0;
    row = row.reduce<number[]>((next, above, column) => {
      const left = next.at(-1);
      const replaced = diagonal + (to[column - 1] === letter ? 0 : 1);
      diagonal = above;
      next.push(left === undefined ? index + 1 : Math.min(left + 1, above + 1, replaced));
      return next;
    }, []);
  }
  return row.at(-1) ?? 0;
}
