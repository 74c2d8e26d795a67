/**
 * Trino's words in DuckDB's: enough for the views and named queries, so that their SQL runs as it stands in a deployment. It is
 * checked against Trino itself by `npm run test:athena`.
 */

/** A field of a line as JSON text in a form that DuckDB's parser takes: half of a surrogate pair, which Trino reads, makes it refuse the whole line. */
const READABLE = String.raw`CREATE MACRO convlake_readable(line) AS
  CASE WHEN contains(line, '\ud') OR contains(line, '\uD')
  THEN regexp_replace(line, '(\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]..)|\\u[dD][89a-fA-F]..', '\1', 'g') ELSE line END`;

/** `$["name"]["other"]` as DuckDB writes it, `$."name"."other"`. A path is a constant, so this is worked out once a query. */
const PATH = String.raw`regexp_replace(path, '\["([^"]*)"\]', '."\1"', 'g')`;

/** Functions that DuckDB lacks or means otherwise, in its own words. `trino_…` are for translated SQL, the others for everybody's. */
export const trinoMacros: readonly string[] = [
  READABLE,
  // DuckDB fails on text that is not JSON; Trino has no value there.
  `CREATE MACRO trino_json_extract(line, path) AS try(json_extract(convlake_readable(line), ${PATH}))`,
  // One look for a field: to ask for its type first would parse the line twice.
  `CREATE MACRO trino_scalar_text(value) AS
     CASE WHEN json_type(value) NOT IN ('ARRAY', 'OBJECT', 'NULL') THEN json_extract_string(value, '$') END`,
  `CREATE MACRO trino_json_extract_scalar(line, path) AS trino_scalar_text(trino_json_extract(line, path))`,
  // For queries that may group by it, without `try`: DuckDB 1.5 does not see the columns in one there, and fails with an internal error
  // (github.com/duckdb/duckdb/issues/20616). It costs another look at the line.
  `CREATE MACRO json_extract_scalar(line, path) AS trino_scalar_text(
     CASE WHEN json_valid(convlake_readable(line)) THEN json_extract(convlake_readable(line), ${PATH}) END)`,
  `CREATE MACRO json_format(value) AS CAST(value AS varchar)`,
  `CREATE MACRO json_parse(line) AS CAST(convlake_readable(line) AS json)`,
  // Of what is not an array, DuckDB says 0 elements, and Trino nothing.
  `CREATE MACRO trino_json_array_length(value) AS CASE WHEN json_type(value) = 'ARRAY' THEN json_array_length(value) END`,
  `CREATE MACRO trino_cardinality(list) AS len(list)`,
  `CREATE MACRO trino_element_at(list, place) AS list_extract(list, place)`,
  `CREATE MACRO regexp_like(text, pattern) AS regexp_matches(text, pattern)`,
  String.raw`CREATE MACRO from_iso8601_timestamp(text) AS CAST(
     regexp_replace(regexp_replace(text, 'T(..:..)([Z+-])', 'T\1:00\2'), '([+-]..)(..)$', '\1:\2') AS timestamptz)`,
  `CREATE MACRO from_unixtime(seconds) AS to_timestamp(seconds)`,
  `CREATE MACRO to_unixtime(instant) AS epoch(instant)`,
  `CREATE MACRO approx_distinct(value) AS approx_count_distinct(value)`,
];

/** Functions of Trino that are others in translated SQL: most of them DuckDB has by the same name, but means otherwise. */
const OTHERWISE = ['json_array_length', 'cardinality', 'element_at', 'json_extract', 'json_extract_scalar'];

/** The same query for DuckDB. */
export function trinoToDuckdb(sql: string): string {
  const functions = new RegExp(`\\b(${OTHERWISE.join('|')})\\(`, 'g');
  return (
    sql
      .replace(functions, 'trino_$1(')
      .replaceAll(' AS array(json)', ' AS json[]')
      // A date less an interval of days is a date to Trino, and a timestamp to DuckDB, whose text is later than the day's own.
      .replace(/\bcurrent_date - INTERVAL '(\d+)' DAY\b/g, 'current_date - $1')
      .replace(/'[^']*\$1[^']*'/g, (replacement) => replacement.replace(/\$(?=[1-9])/g, '\\'))
  );
}
