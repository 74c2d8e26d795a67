import type { Identity } from '../rows/identify.ts';
import type { Entry } from './row-index.ts';
import type { PartitionWriter } from './writer.ts';

/** A row as far as its place goes. */
export interface Keyed {
  readonly identity: Pick<Identity, 'key' | 'dt'>;
}

/** The line that is held of a row. */
export interface Place<T> {
  readonly row: T;
  readonly writer: PartitionWriter;
  readonly seq: number;
}

/** The writers of some partitions, by their dates. */
export type WritersByDt = ReadonlyMap<string | undefined, PartitionWriter>;

/** Where a row is held: in its own date, or `farther` among the undated rows. */
export function findHeld(
  { identity }: Keyed,
  byDt: WritersByDt,
  farther: boolean,
): { readonly writer: PartitionWriter; readonly entry: Entry } | undefined {
  for (const dt of farther ? [identity.dt, undefined] : [identity.dt]) {
    const writer = byDt.get(dt);
    const entry = writer?.held(identity);
    if (writer && entry) return { writer, entry };
  }
  return undefined;
}

/** The lines that are held of these rows, wherever they lie. */
export function placesOf<T extends Keyed>(rows: readonly T[], byDt: WritersByDt): readonly Place<T>[] {
  return rows.flatMap((row) => {
    const { writer, entry } = findHeld(row, byDt, true) ?? {};
    return writer && entry?.seq !== undefined ? [{ row, writer, seq: entry.seq }] : [];
  });
}
