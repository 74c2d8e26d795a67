/** A query that cannot be done: one line that says why. */
export class QueryError extends Error {
  override readonly name: string = 'QueryError';
}

/** A name that a lake has nothing for: nothing was read then. */
export class UnknownNameError extends QueryError {
  override readonly name = 'UnknownNameError';
}

/**
 * What DuckDB says of a failed statement, as one line: without the excerpt of the SQL that it draws, but with where in it the
 * fault is.
 */
export function duckdbProblem(message: string): string {
  const [whole = ''] = message.split(/\n\nStack Trace/, 1);
  const [text = '', drawn = ''] = whole.split(/\n\nLINE (?=\d+:)/, 2);
  return `${oneLine(text.replace(/^Failed to extract statements: /, ''))}${placeIn(drawn)}`;
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, '; ');
}

/** ` (line 1, column 8)` of an excerpt such as `1: SELECT dtt FROM …` with a caret in the line under it. */
function placeIn(drawn: string): string {
  const [excerpt = '', caret = ''] = drawn.split('\n');
  const prefix = /^(\d+): /.exec(excerpt);
  const at = caret.indexOf('^');
  if (!prefix || at < 0) return '';
  // The excerpt begins with `LINE 1: `; a long line is cut at its left, and then only the line is known.
  const column = at - 'LINE '.length - prefix[0].length + 1;
  return excerpt.startsWith(`${prefix[0]}...`) || column < 1
    ? ` (line ${prefix[1]})`
    : ` (line ${prefix[1]}, column ${column})`;
}
