/** SQL as it was written, taken apart at its semicolons. */
export interface Statements {
  /** Each without its semicolon; comments stay. Nothing that is blank. */
  readonly complete: readonly string[];
  /** What follows the last semicolon, where it is more than blanks and comments: a statement that goes on, or needs no semicolon. */
  readonly rest: string | undefined;
}

/** Quoted text, names and comments, in which a semicolon is not an end; what is not closed reaches to the end of the text. */
const OPAQUE =
  /'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\$([A-Za-z_]*)\$[\s\S]*?(?:\$\1\$|$)|;/g;

/** Takes SQL apart; it need not be valid. */
export function statementsIn(sql: string): Statements {
  const complete: string[] = [];
  let from = 0;
  for (const { 0: piece, index } of sql.matchAll(OPAQUE)) {
    if (piece !== ';') continue;
    complete.push(sql.slice(from, index).trim());
    from = index + 1;
  }
  const rest = sql.slice(from).trim();
  return {
    complete: complete.filter((statement) => !isEmpty(statement)),
    rest: isEmpty(rest) ? undefined : rest,
  };
}

/** True for blanks and comments alone. */
function isEmpty(sql: string): boolean {
  return sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, '').trim() === '';
}
