/**
 * Trino's words in DuckDB's: enough for the views and named queries, so that their SQL runs as it stands in a deployment. It is
 * checked against Trino itself by `npm run test:athena`.
 */

/** Functions that DuckDB lacks or means otherwise, in its own words. Run before translated SQL. */
export const trinoMacros: readonly string[] = [
  // DuckDB fails on text that is not JSON; Trino has no value there.
  `CREATE MACRO trino_json_extract(line, path) AS try(json_extract(line, path))`,
  `CREATE MACRO trino_json_extract_scalar(line, path) AS
     CASE WHEN try(json_type(line, path)) NOT IN ('ARRAY', 'OBJECT', 'NULL') THEN json_extract_string(line, path) END`,
  `CREATE MACRO trino_json_format(value) AS CAST(value AS varchar)`,
  // Of what is not an array, DuckDB says 0 elements, and Trino nothing.
  `CREATE MACRO trino_json_array_length(value) AS CASE WHEN json_type(value) = 'ARRAY' THEN json_array_length(value) END`,
  `CREATE MACRO trino_cardinality(list) AS len(list)`,
  `CREATE MACRO trino_element_at(list, place) AS list_extract(list, place)`,
  `CREATE MACRO trino_regexp_like(text, pattern) AS regexp_matches(text, pattern)`,
  `CREATE MACRO trino_from_iso8601_timestamp(text) AS CAST(
     regexp_replace(regexp_replace(text, 'T(..:..)([Z+-])', 'T\\1:00\\2'), '([+-]..)(..)$', '\\1:\\2') AS timestamptz)`,
  `CREATE MACRO trino_from_unixtime(seconds) AS to_timestamp(seconds)`,
  `CREATE MACRO trino_max_by(value, rank) AS arg_max(value, rank)`,
];

const renamed = [
  'json_array_length',
  'cardinality',
  'element_at',
  'json_extract',
  'json_extract_scalar',
  'json_format',
  'regexp_like',
  'from_iso8601_timestamp',
  'from_unixtime',
  'max_by',
];

/** The same query for DuckDB. */
export function trinoToDuckdb(sql: string): string {
  const functions = new RegExp(`\\b(${renamed.join('|')})\\(`, 'g');
  return sql
    .replace(functions, 'trino_$1(')
    .replaceAll(' AS array(json)', ' AS json[]')
    .replace(/'\$((?:\["[^"]*"\])+)'/g, (_, path: string) => `'$${path.replace(/\["([^"]*)"\]/g, '."$1"')}'`)
    .replace(/'[^']*\$1[^']*'/g, (replacement) => replacement.replace(/\$(?=[1-9])/g, '\\'));
}
