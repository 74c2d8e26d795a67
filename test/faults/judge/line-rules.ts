import type { StreamName } from '../../../contract/streams.ts';
import type { Checkpoint } from '../../../functions/engine/checkpoint.ts';
import type { LivingRow, VendorLife } from '../world/life.ts';
import { type LineReader, lineReader } from './line-reader.ts';

/** What the lines of a stream may be, given all that was ever true of its vendor. */
export interface LineRules {
  /** Reads the rows of the list. */
  readonly pages: LineReader;
  /** Reads the lines of the lake. */
  readonly lines: LineReader;
  /** Which of all states of its key a row of the list shows, counted from the oldest; -1 for one that there never was. */
  shownAge(id: string, row: string): number;
  /** The same of a line of the lake; -1 for one that was never true. */
  ageOf(id: string, line: string): number;
  /** A row of the list in that state. */
  rowAt(id: string, age: number): string | undefined;
  /** Whether the stub tells of a line that is too large what has to be told. */
  stands(stub: string, line: string): boolean;
  /** True for a row that the stream must have by now, given its checkpoint. */
  isOwed(row: LivingRow, checkpoint: Checkpoint | undefined): boolean;
  /** Whether these lines are enough for a row below the watermark. */
  isThere(row: LivingRow, lines: readonly string[]): boolean;
  /** What is wrong with the step from one line of a key to the next in one object. */
  wrongStep(id: string, before: string, after: string): string | undefined;
  /** What is wrong, beside single rows, when this checkpoint is written. */
  wrongWith(checkpoint: Checkpoint, lines: Iterable<readonly [string, string]>): string | undefined;
  /** What is wrong with a row's line once everything has come to rest. */
  wrongAtEnd(row: LivingRow, line: string): string | undefined;
  /** True where the line of a row may be older than what was read. */
  mayBeBehind(id: string, line: string): boolean;
}

/** Those of a stream whose lines are the rows of the list. */
export function listRules(stream: StreamName, life: VendorLife, startMs: number): LineRules {
  const reader = lineReader(stream);
  const agesOf = new Map<string, Map<string, number>>();

  const ageOf = (id: string, line: string) => {
    const history = life.history.get(id) ?? [];
    const ages = agesOf.get(id) ?? new Map<string, number>();
    for (let age = ages.size; age < history.length; age++) ages.set(history[age] ?? '', age);
    agesOf.set(id, ages);
    return ages.get(line) ?? -1;
  };
  /** A row that changed without a new version may stay as any walk saw it that came by. */
  const isOfVersion = ({ silent, versionUs }: LivingRow, line: string) =>
    silent && reader.versionUsOf(line) === versionUs;

  return {
    pages: reader,
    lines: reader,
    shownAge: ageOf,
    ageOf,
    rowAt: (id, age) => life.history.get(id)?.[age],
    stands: rowStands,
    isOwed: (row) => life.placeOf(row) >= startMs,
    isThere: ({ versionUs }, lines) => lines.some((line) => !life.byVersion || reader.versionUsOf(line) >= versionUs),
    wrongStep: () => undefined,
    wrongWith: () => undefined,
    wrongAtEnd: (row, line) =>
      line === row.line || isOfVersion(row, line) ? undefined : `${row.id} is ${line} and should be ${row.line}`,
    mayBeBehind: () => false,
  };
}

/** Whether the stub says of the row what the engine and the views read: all its fields but for the fill and the value. */
function rowStands(stub: string, row: string): boolean {
  const { oversized: _, ...told } = JSON.parse(stub) as Readonly<Record<string, unknown>>;
  const { fill: _fill, value: _value, ...wanted } = JSON.parse(row) as Readonly<Record<string, unknown>>;
  const names = Object.keys(wanted);
  return names.length === Object.keys(told).length && names.every((name) => told[name] === wanted[name]);
}
