import type { Task } from '../plan/plan.ts';
import { DAY_MS } from '../plan/window.ts';
import type { Committed } from '../ports.ts';
import { utcDate } from '../rows/instant.ts';
import type { IdentifiedRow } from '../rows/oversized.ts';
import type { StreamSettings } from '../settings.ts';
import { Drift, type KnownFields, knownFields } from './drift.ts';

/** The dates that a stream's table shows, both included. Rows of other dates are in the lake and not in the table. */
export interface TableRange {
  readonly from: string;
  readonly to: string;
}

/** The tally of a run that begins at `now` (planning's, epoch ms). */
export function openTally(settings: StreamSettings, now: number): Tally {
  return new Tally(
    knownFields(settings.definition.stream),
    tableRange(settings, now),
    settings.definition.details !== undefined,
  );
}

/** The table shows no day later than tomorrow: that is where its projection ends. */
function tableRange({ tableFrom }: StreamSettings, now: number): TableRange | undefined {
  return tableFrom === undefined ? undefined : { from: tableFrom, to: utcDate((now + DAY_MS) * 1000) };
}

/** What a run has counted so far. */
export class Tally {
  read = 0;
  undated = 0;
  outsideTable = 0;
  open = 0;
  oversized = 0;
  pages = 0;
  bytes = 0;
  windows = 0;
  /** The shortest window, ms, on which the vendor refused its own cursor; Infinity for none. */
  refusedMs = Number.POSITIVE_INFINITY;
  reconciled = true;
  /** True once a window was cut where the vendor's own clock stood. */
  cutAtVendorNow = false;
  /** True once a window was read whose list holds a key twice. */
  doubledKeys = false;
  /**
   * The latest own time among the rows, and the newest version, epoch microseconds: not of the history, of which a row that changed lately
   * says nothing of how far changes have been read.
   */
  newestTime: number | undefined;
  newestVersion: number | undefined;
  /** What was written, by object. */
  readonly objects = new Map<string, Committed>();
  readonly drift: Drift;

  readonly #table: TableRange | undefined;

  readonly #details: boolean;

  constructor(known: KnownFields, table?: TableRange, details = false) {
    this.drift = new Drift(known);
    this.#table = table;
    this.#details = details;
  }

  page({ bytes }: { readonly bytes: number }, rows: readonly IdentifiedRow[], kind: Task['kind']): void {
    this.pages++;
    this.bytes += bytes;
    this.read += rows.length;
    if (!this.#details) this.drift.page(rows);
    for (const { identity, oversized } of rows) {
      if (identity.dt === undefined) this.undated++;
      else if (this.#table && (identity.dt < this.#table.from || identity.dt > this.#table.to)) this.outsideTable++;
      if (identity.open) this.open++;
      if (oversized) this.oversized++;
      this.newestTime = later(this.newestTime, identity.time);
      if (kind !== 'history') this.newestVersion = later(this.newestVersion, identity.version);
    }
  }

  /** A body beside the pages: of a detail. */
  body(bytes: number): void {
    this.bytes += bytes;
  }

  /** A line of a detail stream. */
  detail(line: IdentifiedRow): void {
    if (line.oversized) this.oversized++;
    this.drift.line(line);
  }

  committed(committed: Committed): void {
    const before = this.objects.get(committed.key);
    this.objects.set(committed.key, {
      ...committed,
      newRows: committed.newRows + (before?.newRows ?? 0),
      changedRows: committed.changedRows + (before?.changedRows ?? 0),
    });
  }
}

function later(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}
