import { Buffer } from 'node:buffer';
import { oversizedReference } from '../../../functions/engine/rows/oversized.ts';
import { unframe, unpackedWhole } from '../../support/run/memory-ports.ts';

/** What an object holds, with the rows in the place of the stubs that stand for them. */
export interface ObjectRows {
  readonly rows: readonly string[];
  /** The objects that its stubs refer to. */
  readonly references: ReadonlySet<string>;
}

/** What objects are read with. */
export interface ObjectReading {
  readonly bytesAt: (key: string) => Buffer | undefined;
  /** Whether a stub tells of a row what it has to. */
  readonly stands: (stub: string, row: string) => boolean;
  /** Rows of more bytes are too large for a line. Default: none is. */
  readonly oversizedBytes: number | undefined;
}

/** Reads an object; or says what is wrong with the stubs that stand for its rows. */
export function objectRows(
  bytes: Buffer,
  { bytesAt, stands, oversizedBytes = Number.POSITIVE_INFINITY }: ObjectReading,
): ObjectRows | string {
  const references = new Set<string>();
  const rows: string[] = [];
  for (const line of unframe(bytes).flatMap((member) => member.toString().split('\n').slice(0, -1))) {
    const reference = oversizedReference(Buffer.from(line));
    if (reference === undefined && line.length > oversizedBytes) return `holds a line of ${line.length} bytes`;
    if (reference === undefined) {
      rows.push(line);
      continue;
    }
    const whole = bytesAt(reference);
    if (!whole) return `refers to ${reference}, which is not there`;
    const row = unpackedWhole(whole).toString();
    if (row.length <= oversizedBytes) return `holds a stub for ${row}`;
    if (!stands(line, row)) return `holds ${line} for ${row.slice(-200)}`;
    references.add(reference);
    rows.push(row);
  }
  return { rows, references };
}
