/**
 * The query string of a request, in the order given. Everything but letters, digits and `-_.!~*'()` is percent-encoded:
 * `+` in a time's offset would be read as a blank otherwise, and a cursor with line ends cannot leave its place.
 */
export function queryText(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .join('&');
}

/** A lone surrogate, which a JSON text may hold and UTF-8 cannot, becomes U+FFFD; encodeURIComponent alone would throw. */
const encoded = (text: string) => encodeURIComponent(text.toWellFormed());
