import type { PageRequest } from '../../engine/source.ts';

/**
 * The query string of a request, in the order given; the name of a list is repeated for each of its values. Everything but letters, digits and `-_.!~*'()` is percent-encoded:
 * `+` in a time's offset would be read as a blank otherwise, and a cursor with line ends cannot leave its place.
 */
export function queryText({ query, lists = {} }: Pick<PageRequest, 'query' | 'lists'>): string {
  const listed = Object.entries(lists).flatMap(([name, values]) => values.map((value) => [name, value] as const));
  return [...Object.entries(query), ...listed].map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&');
}

/** A lone surrogate, which a JSON text may hold and UTF-8 cannot, becomes U+FFFD; encodeURIComponent alone would throw. */
const encoded = (text: string) => encodeURIComponent(text.toWellFormed());
