import type { Column } from '../columns.ts';
import type { FieldPath } from '../streams.ts';

/** A field, and the column that holds the JSON text in which it lies. */
interface Field {
  readonly of: string;
  readonly path: FieldPath;
}

const LINE = '"row"';

/**
 * The SQL that reads one field of a line, in Trino's words (Athena's engine). Null where the line lacks the field or holds
 * something else there: one odd row must not fail every query. `json_extract_scalar` takes the first of a name that
 * stands twice in an object, as the engine does, and gives null for a line that is not JSON. `of` is the column that holds the text.
 */
export function fieldSql({ path, reads }: Pick<Column, 'path' | 'reads'>, of = LINE): string {
  const field = { of, path };
  switch (reads) {
    case 'text':
      return textSql(field);
    case 'number':
      return `try_cast(${scalar(field)} AS double)`;
    case 'true-or-false':
      // A cast would take `1` and `t` too, and other engines `yes`.
      return `CASE ${scalar(field)} WHEN 'true' THEN true WHEN 'false' THEN false END`;
    case 'instant':
      return instantSql(field);
    case 'length':
      return `CAST(json_array_length(${json(field)}) AS double)`;
  }
}

/**
 * The row's key as functions/engine/rows/identify.ts takes it: the first of the fields that holds a non-empty string or a number.
 * The scalar of a boolean is text too, so its token is looked at.
 */
export function keySql(paths: readonly FieldPath[]): string {
  const fields = paths.map((path) => ({ of: LINE, path }));
  return firstOf(
    fields.map((field) => `CASE WHEN ${token(field)} NOT IN ('true', 'false') THEN nullif(${scalar(field)}, '') END`),
  );
}

/** The row's own time as functions/engine/rows/identify.ts takes it: the first of the fields that tells an instant. */
export function timeSql(paths: readonly FieldPath[]): string {
  return firstOf(paths.map((path) => instantSql({ of: LINE, path })));
}

/** The object that a line refers to, where it is the stub of a row too large for a line; a field of the vendor's own by that name is null. */
export function oversizedSql(folder: string): string {
  const reference = scalar({ of: LINE, path: ['oversized'] });
  return `CASE WHEN starts_with(${reference}, '${folder}/') THEN ${reference} END`;
}

/** Arrays and objects have no scalar, so they are shown as JSON; a null is there as a token too. */
function textSql(field: Field): string {
  return `coalesce(${scalar(field)}, nullif(${token(field)}, 'null'))`;
}

/** An instant in UTC by the rules of functions/engine/rows/instant.ts, digits below a millisecond cut off. */
function instantSql(field: Field): string {
  return `CASE WHEN regexp_like(${scalar(field)}, '${ISO_FORM}') THEN ${isoSql(field)} WHEN ${token(field)} NOT LIKE '"%' THEN ${epochSql(field)} END`;
}

// Beyond 14 hours Trino accepts no offset, and fails the query with an error that `try` does not catch (seen in 476).
const OFFSET = '[Zz]|[+-](?:(?:0[0-9]|1[0-3])(?::?[0-5][0-9])?|14(?::?00)?)';
/** `[0-9]`, since `\d` means the digits of every script to some engines of regular expressions. */
const ISO_FORM = `^([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]((?:[01][0-9]|2[0-3]):[0-5][0-9])(?:(:[0-9]{2})(?:([.][0-9]{1,3})[0-9]*)?)? ?(${OFFSET})$`;

/**
 * Text with a blank or `t` for `T`, a blank before the offset, more digits than Joda reads, or a leap second is brought into the form that
 * `from_iso8601_timestamp` takes. Without `AT TIME ZONE` the cast would show the wall clock of the offset.
 */
function isoSql(field: Field): string {
  const plain = `upper(regexp_replace(${scalar(field)}, '${ISO_FORM}', '$1T$2$3$4$5'))`;
  const text = `regexp_replace(${plain}, '^(.{16}):60(?:[.][0-9]+)?', '$1:59.999')`;
  return `try(CAST(from_iso8601_timestamp(${text}) AT TIME ZONE 'UTC' AS timestamp(3)))`;
}

/** The unit follows from the magnitude. Decimals, for a double of seconds cannot hold every millisecond as written. */
function epochSql(field: Field): string {
  const n = `try_cast(${scalar(field)} AS decimal(38, 9))`;
  const ms = `CASE WHEN abs(${n}) < 1e11 THEN floor(${n} * 1000) WHEN abs(${n}) < 1e14 THEN floor(${n}) WHEN abs(${n}) < 1e17 THEN floor(${n} / 1000) END`;
  return `try(CAST(from_unixtime(CAST(${ms} AS double) / 1000) AT TIME ZONE 'UTC' AS timestamp(3)))`;
}

function firstOf(expressions: readonly string[]): string {
  return expressions.length === 1 ? expressions.join() : `coalesce(${expressions.join(', ')})`;
}

/** The text of a string, number or boolean, numbers as they are written; null for everything else. */
function scalar({ of, path }: Field): string {
  return `json_extract_scalar(${of}, ${jsonPath(path)})`;
}

/** The field as JSON text, whatever it is. */
function token(field: Field): string {
  return `json_format(${json(field)})`;
}

/** The field as a JSON value. */
function json({ of, path }: Field): string {
  return `json_extract(${of}, ${jsonPath(path)})`;
}

/** Such as `'$["Handoff Reason"]'`. @throws Error for a name that would need escapes, which no vendor has */
function jsonPath(path: FieldPath): string {
  for (const name of path) {
    if (!/^[\w -]+$/.test(name)) throw new Error(`field ${JSON.stringify(name)} would need escapes in a JSON path`);
  }
  return `'$${path.map((name) => `["${name}"]`).join('')}'`;
}
