import type { FieldPath } from '../../../contract/streams.ts';
import { instantUs } from './instants.ts';

/** The value at a path of one or two names; undefined where there is none. */
export function fieldOf(row: unknown, path: FieldPath): unknown {
  let value: unknown = row;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** The first of the paths that holds a key, as text. */
export function keyIn(row: unknown, paths: readonly FieldPath[]): string | undefined {
  const values = paths.map((path) => fieldOf(row, path));
  const key = values.find((value) => (typeof value === 'string' && value !== '') || typeof value === 'number');
  return key === undefined ? undefined : String(key);
}

/** The first of the paths that holds a usable time, in epoch microseconds. */
export function firstInstant(row: unknown, paths: readonly FieldPath[]): number | undefined {
  return paths.map((path) => instantUs(fieldOf(row, path))).find((us) => us !== undefined);
}
