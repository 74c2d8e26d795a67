import type { StreamDefinition, VolatilePath } from '../streams.ts';
import { type Reading, setting } from './setting.ts';
import { otherType, shown } from './wording.ts';

const FIX = 'write a list of 1 to 50 fields, such as ["media.url", "files[].url"]';

/** Fields of a row as they are written, each once: names joined by dots, outermost first, and `[]` for each element of an array. */
export const paths = setting<readonly string[], readonly VolatilePath[]>(
  { type: 'array', description: FIX },
  readPaths,
);

function readPaths(value: unknown): Reading<readonly VolatilePath[]> {
  if (!Array.isArray(value)) return { refused: otherType(value, FIX) };
  const read = value.map(readPath);
  const odd = read.indexOf(undefined);
  if (odd >= 0) {
    const seen = value[odd];
    return {
      refused: `holds at [${odd}] what is not a field${typeof seen === 'string' ? `, ${shown(seen)}` : ''}; ${FIX}`,
    };
  }
  const once = [...new Map(read.flatMap((path) => (path ? [[JSON.stringify(path), path] as const] : []))).values()];
  return once.length >= 1 && once.length <= 50 ? { value: once } : { refused: `has ${once.length} fields; ${FIX}` };
}

/** Undefined for what is not one. The last step is a name: the elements of an array together are the array. */
function readPath(written: unknown): VolatilePath | undefined {
  if (typeof written !== 'string' || written.endsWith('[]')) return undefined;
  const [first, ...rest] = written.replaceAll('[]', '.[]').split('.');
  return first !== undefined && isName(first) && rest.every((step) => step === '[]' || isName(step))
    ? [first, ...rest]
    : undefined;
}

function isName(step: string): boolean {
  return /^[^[\]\p{Cc}]{1,100}$/u.test(step);
}

/** Which of the fields may not be left out where rows are compared: the engine tells by them what a row is, when it was, and whether it is newer. */
export function fieldsThatCount(written: unknown, definition: StreamDefinition): readonly string[] {
  if (!Array.isArray(written)) return [];
  const { key, time, version, status } = definition;
  const counting = [...key, ...time, ...(version ? [version] : []), ...(status ? [status.field] : []), ['oversized']];
  return written.filter((text): text is string => {
    const path = readPath(text);
    return path !== undefined && counting.some((field) => isWithin(path, field) || isWithin(field, path));
  });
}

function isWithin(path: readonly string[], outer: readonly string[]): boolean {
  return outer.every((name, index) => path[index] === name);
}
