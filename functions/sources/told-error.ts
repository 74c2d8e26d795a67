import { ConvlakeError } from '../engine/errors.ts';
import { type Envelope, isObject, type JsonObject } from './envelope.ts';

/** The words with which a vendor names an error of its own and which a message may repeat: they hold nothing of a customer's. */
export type SafeCodes = ReadonlySet<string>;

/**
 * Members that hold an error and nothing else, as the vendors and the gateways before them write them: in small letters and
 * without underscores, so that `errorMessage` and `error_message` are one.
 */
const ERROR_MEMBERS = new Set(
  'error errors fault detail exception iserror errorcode errortype errormessage errordescription __type'.split(' '),
);
const SUCCESS_FLAGS = new Set(['ok', 'success']);
const CODE_MEMBERS = new Set(['code', 'status', 'statuscode']);
/** An error may be nested deeper than the stack is; what lies this deep is not nothing. */
const DEEPEST = 4;

/**
 * Refuses an envelope that tells an error although the response has a status of success (airbytehq/airbyte pull 15055): beside
 * no rows it would read like the end of the list, and beside rows like a page that is whole. Members that say nothing (null,
 * `[]`, an empty text) are not errors. It is an error of this page alone, which is tried again like one of a 5xx.
 * @throws ConvlakeError `body-unexpected`, with none of the vendor's words but those of `safe`
 */
export function refuseToldError(envelope: Envelope, fields: JsonObject, rows: number, safe: SafeCodes): void {
  const told = toldIn(fields, rows) ?? nestedIn(fields, 'meta') ?? nestedIn(fields, 'metadata');
  if (told === undefined) return;
  const code = safeCode(fields, safe);
  throw new ConvlakeError(
    'body-unexpected',
    'retry',
    `${envelope.stream}: the response has a status of success but tells an error under "${told}"${code && ` (${code})`}; ` +
      'nothing of this page was taken, and the next run reads it again. Ask the vendor if it stays.',
  );
}

/** The name of the member that tells an error. */
function toldIn(fields: JsonObject, rows: number): string | undefined {
  return Object.entries(fields).find(([name, value]) => {
    const plain = name === '__type' ? name : plainName(name);
    if (ERROR_MEMBERS.has(plain)) return says(value);
    if (SUCCESS_FLAGS.has(plain)) return value === false || value === 'false';
    if (CODE_MEMBERS.has(plain)) return failed(isObject(value) ? value['code'] : value, plain === 'status');
    // A gateway's `{message}`; beside rows it is a remark.
    return plain === 'message' && rows === 0 && typeof value === 'string' && says(value);
  })?.[0];
}

function nestedIn(fields: JsonObject, name: string): string | undefined {
  const inner = fields[name];
  if (!isObject(inner)) return undefined;
  const told = ['error', 'errors'].find((member) => says(inner[member]));
  return told && `${name}.${told}`;
}

const plainName = (name: string) => name.toLowerCase().replaceAll('_', '');

/** False for every way to say nothing. */
function says(value: unknown, depth = 0): boolean {
  if (value === undefined || value === null || value === false || value === 0) return false;
  if (typeof value === 'string') return value.trim() !== '' && !SUCCESS.test(value);
  if (typeof value !== 'object') return true;
  return Object.values(value).some((inner) => depth >= DEEPEST || says(inner, depth + 1));
}

/** A code of HTTP, or a word in the place of one. Words for a status are many ("partial", "complete"), so there only those of an error count. */
function failed(code: unknown, isStatus: boolean): boolean {
  if (typeof code === 'number') return code !== 0 && (code < 200 || code >= 300);
  if (typeof code !== 'string' || code.trim() === '') return false;
  if (/^\d+$/.test(code)) return failed(Number(code), isStatus);
  return isStatus ? FAILURE.test(code) : !SUCCESS.test(code);
}

const SUCCESS = /^\s*(?:ok|okay|success(?:ful|fully)?|succeeded|none|no errors?)\b[\s.!]*$/i;
const FAILURE = /^\s*(?:err|error|errored|fail|failed|failure|fault|unavailable|unauthori[sz]ed|forbidden|denied)\b/i;

/** The first of the vendor's own codes that its error names. */
function safeCode(fields: JsonObject, safe: SafeCodes): string {
  const places = [fields, fields['detail'], fields['error'], fields['status']];
  const codes = places.flatMap((place) => (isObject(place) ? [place['code'], place['status'], place['type']] : []));
  const code = codes.find((text) => (typeof text === 'string' && safe.has(text)) || isHttpStatus(text));
  return code === undefined ? '' : String(code);
}

function isHttpStatus(code: unknown): boolean {
  return (typeof code === 'number' || typeof code === 'string') && /^[1-5]\d\d$/.test(String(code));
}
