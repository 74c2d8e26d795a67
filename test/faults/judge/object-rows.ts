import { Buffer } from 'node:buffer';
import { oversizedReference } from '../../../functions/engine/rows/oversized.ts';
import { unframe, unpackedWhole } from '../../support/run/memory-ports.ts';

/** What an object holds, with the rows in the place of the stubs that stand for them. */
export interface ObjectRows {
  readonly rows: readonly string[];
  /** The objects that its stubs refer to. */
  readonly references: ReadonlySet<string>;
}

/** Reads an object whose rows of more than so many bytes are too large for a line; or says what is wrong with its stubs. */
export function objectRows(
  bytes: Buffer,
  bytesAt: (key: string) => Buffer | undefined,
  oversizedBytes = Number.POSITIVE_INFINITY,
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

/** Whether the stub says of the row what the engine and the views read: all its fields but for the fill and the value. */
function stands(stub: string, row: string): boolean {
  const { oversized: _, ...told } = JSON.parse(stub) as Readonly<Record<string, unknown>>;
  const { fill: _fill, value: _value, ...wanted } = JSON.parse(row) as Readonly<Record<string, unknown>>;
  const names = Object.keys(wanted);
  return names.length === Object.keys(told).length && names.every((name) => told[name] === wanted[name]);
}
