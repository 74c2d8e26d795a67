import { printable } from './envelope.ts';

/** What of a vendor's error text is shown at most, characters. */
const maxLength = 300;

/** The vendor's own words as one line: the texts among the candidates, each once, in order; undefined where there are none. */
export function vendorMessage(candidates: readonly unknown[]): string | undefined {
  const texts = candidates.filter((text): text is string => typeof text === 'string' && text.trim() !== '');
  const words = [...new Set(texts.map((text) => text.trim()))].join('; ');
  return words === '' ? undefined : printable(words, maxLength);
}
