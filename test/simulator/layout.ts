const INDENT = '  ';

/**
 * JSON text broken into lines at every comma and bracket between tokens, as a pretty-printer writes it. Works on the text,
 * so that numbers, escapes and doubled names stay.
 */
export function breakLines(json: string, lineEnd: string, depth = 0): string {
  let level = depth;
  return json.replace(/"(?:[^"\\]|\\.)*"|[[{]\s*[\]}]|[[\]{},:]/g, (token) => {
    if (token === ',') return `,${lineEnd}${INDENT.repeat(level)}`;
    if (token === ':') return ': ';
    if (token === '[' || token === '{') return `${token}${lineEnd}${INDENT.repeat(++level)}`;
    if (token === ']' || token === '}') return `${lineEnd}${INDENT.repeat(--level)}${token}`;
    return token;
  });
}

/** The line that a row's text must become: itself without the line breaks between tokens. */
export function asLine(text: string): string {
  return text.replace(/[\r\n]/g, '');
}
