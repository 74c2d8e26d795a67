import leven from 'leven';

/** What is wrong with a value of another type than the setting's: `is a list; <what to write>`. */
export function otherType(value: unknown, fix: string): string {
  if (value === undefined) return `is missing; ${fix}`;
  const type =
    value === null
      ? 'null'
      : Array.isArray(value)
        ? 'a list'
        : typeof value === 'object'
          ? 'an object'
          : `a ${typeof value}`;
  return `is ${type}; ${fix}`;
}

/** Quoted, with control characters escaped, and cut: what stands in the wrong place may be long. */
export function shown(written: string): string {
  return JSON.stringify(written.length > 60 ? `${written.slice(0, 60)}…` : written);
}

/** ` did you mean "…"?`, or nothing when no known word is near. */
export function suggestion(written: string, known: readonly string[]): string {
  const letters = (word: string) => word.toLowerCase().replace(/[^a-z0-9]/g, '');
  const wanted = letters(written.slice(0, 64)); // no known word is longer; the comparison takes the product of both lengths
  const allowed = Math.floor(wanted.length / 3);
  const near = known
    .map((word) => ({ word, edits: leven(wanted, letters(word)) }))
    .filter(({ edits }) => edits <= allowed)
    .sort((a, b) => a.edits - b.edits)[0];
  const holding = known.filter((word) => wanted.length > 3 && letters(word).includes(wanted));
  const meant = near?.word ?? (holding.length === 1 ? holding[0] : undefined);
  return meant === undefined ? '' : ` did you mean "${meant}"?`;
}
