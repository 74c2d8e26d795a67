/**
 * What `convlake.config.ts` or a `.json` of the same shape may say. Reading it has no effects and looks at no clock, no
 * environment and no disk.
 */

import { z } from 'zod';
import { parseIsoInstant } from '../instant.ts';
import { isStage, isTenant } from '../layout.ts';
import { type StreamDefinition, type StreamName, streamDefinition, streams } from '../streams.ts';
import { BASE_URL_FIX, PATH_FIX, readAuthHeader, readBaseUrl, readPath } from './address.ts';
import { CREDENTIAL_FIX, readCredential } from './credential.ts';
import { paths } from './field-paths.ts';
import { LAKE_FIX, readLake } from './lake.ts';
import { duration, ids, number, type Reading, text, textThat, trueOrFalse } from './setting.ts';
import { otherType, shown, suggestion } from './wording.ts';

/** What a stream may be called. */
export const STREAM_NAMES = [...streams.keys()];
const NAME_FIX = 'letters, digits, ".", "_" and "-", not beginning with "."';
const INSTANT_FIX = 'write "2026-01-01T00:00:00Z", with Z or an offset, or a date (UTC) from 1970 to 9999';
const TABLE_FROM_FIX = 'write the first date that the table is to show, such as "2024-01-01"';

/** The daily re-read. */
export const deepSchema = z.strictObject(
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

/** One stream of one tenant. */
export const streamSchema = z.strictObject(
  {
    stream: text<StreamDefinition, StreamName>(`write one of ${STREAM_NAMES.join(', ')}`, readStreamName, STREAM_NAMES),
    /** The customer account of the vendor: 1 to 128 letters, digits, `.`, `_`, `-`. */
    tenant: textThat(isTenant, 'tenant', `write 1 to 128 ${NAME_FIX}`),
    /** Where the vendor's key is: `env:NAME` (environment variable), `secret:<name>` (Secrets Manager) or `ssm:<name>` (SecureString). */
    credential: text(CREDENTIAL_FIX, readCredential),
    /** Another origin or prefix than the vendor's own; `http` for this machine only. */
    baseUrl: text(BASE_URL_FIX, readBaseUrl).optional(),
    /** Another path than the catalogue's; `{tenant}` stands for the tenant. */
    path: text(PATH_FIX, readPath).optional(),
    /** The header that carries the key: `authorization` sends `Bearer <key>`, any other the key alone. */
    authHeader: text('write the name of a header, such as "x-api-key"', readAuthHeader).optional(),
    /** The first export begins here: an ISO instant with `Z` or an offset, or a date (UTC). */
    start: text(INSTANT_FIX, readStart),
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
    /** ElevenLabs: the ids of data collection whose results rows are to have. */
    dataCollectionIds: ids('data collection').optional(),
    /** ElevenLabs: the ids of evaluation criteria whose results rows are to have. */
    evaluationCriteriaIds: ids('evaluation criteria').optional(),
    /** Fields that change without the row having changed, such as `media.url` or `files[].url`: they are left out where rows are compared. */
    volatile: paths.optional(),
    /** Details: what becomes of one that is held when the vendor has erased it. */
    onVendorErasure: text<'follow' | 'keep', 'follow' | 'keep'>('write "follow" or "keep"', readErasure, [
      'follow',
      'keep',
    ]).optional(),
    /** The share of the vendor's budget left to others. */
    reserve: number('number', 0, 0.9).optional(),
    /** How many gzip members an object has: `members` (several), or `single` for readers that know no more than one. */
    gzip: text<'members' | 'single', 'members' | 'single'>('write "members" or "single"', readGzip, [
      'members',
      'single',
    ]).optional(),
    /** The first date (UTC) that the table shows; one table serves all tenants of a stream, so the earliest counts. */
    tableFrom: textThat(isDate, 'date', TABLE_FROM_FIX).optional(),
    /** False stops the schedule and keeps everything else. */
    enabled: trueOrFalse.optional(),
  },
  { error: ({ input }) => otherType(input, 'write an object with stream, tenant, credential and start') },
);

/** The whole configuration. Settings are checked one by one; what is wrong between them, `problemsBetween` finds. */
export const configurationSchema = z.strictObject(
  {
    /** Keeps deployments apart: 1 to 64 letters, digits, `.`, `_`, `-`. */
    stage: textThat(isStage, 'stage', `write 1 to 64 ${NAME_FIX}`),
    /** Where the objects go: a folder, relative to that of this file, or `s3://bucket/prefix`. */
    lake: text(LAKE_FIX, readLake),
    streams: z
      .array(streamSchema, { error: ({ input }) => otherType(input, 'write a list of streams') })
      .min(1, 'is empty; write at least one stream'),
  },
  { error: ({ input }) => otherType(input, 'write an object with stage, lake and streams') },
);

/** What `convlake.config.ts` may say. Of a stream, everything but `stream`, `tenant`, `credential` and `start` has a default. */
export type ConfigurationInput = z.input<typeof configurationSchema>;

function readStreamName(written: string): Reading<StreamDefinition> {
  const name = STREAM_NAMES.find((known) => known === written);
  if (name) return { value: streamDefinition(name) };
  return {
    refused: `there is no stream ${shown(written)};${suggestion(written, STREAM_NAMES)} streams are ${STREAM_NAMES.join(', ')}`,
  };
}

function readErasure(written: string): Reading<'follow' | 'keep'> {
  if (written === 'follow' || written === 'keep') return { value: written };
  return { refused: `${shown(written)} is not a way to go on; write "follow" or "keep"` };
}

function readGzip(written: string): Reading<'members' | 'single'> {
  if (written === 'members' || written === 'single') return { value: written };
  return { refused: `${shown(written)} is not known here; write "members" or "single"` };
}

function readStart(written: string): Reading<number> {
  const value = parseIsoInstant(written);
  return value === undefined ? { refused: `${shown(written)} is not an instant; ${INSTANT_FIX}` } : { value };
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

/** A date alone, for which its text is compared: no sign, four digits of the year. */
function isDate(written: string): boolean {
  return written.length === 10 && parseIsoInstant(written) !== undefined;
}
