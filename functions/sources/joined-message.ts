/**
 * The vendor's own words: the texts among the candidates, each once, in order; undefined where there are none. They are handed on
 * as they are, for a text that was cut or changed may hold a part of a secret that nobody finds in it any more.
 */
export function joinedMessage(candidates: readonly unknown[]): string | undefined {
  const texts = candidates.filter((text): text is string => typeof text === 'string' && text.trim() !== '');
  const words = [...new Set(texts.map((text) => text.trim()))].join('; ');
  return words === '' ? undefined : words;
}
