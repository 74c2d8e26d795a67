import type { Committed, RunEvent } from '../../functions/engine/ports.ts';
import type { StreamResult } from '../run/stream-result.ts';

/** How far a run has got, as far as its events tell. Instants are epoch ms. */
export class StreamProgress {
  windows = 0;
  windowsRead = 0;
  pages = 0;
  rows = 0;
  readonly startedAt: number;
  /** The latest wait that the vendor, or a failed try, imposed. */
  waiting: { readonly until: number; readonly reason: string } | undefined;
  readonly #written = new Map<string, Committed>();

  constructor(startedAt: number) {
    this.startedAt = startedAt;
  }

  take(event: RunEvent, now: number): void {
    if (event.event === 'planned') this.windows = event.windows;
    // What begins again before its window counted as read is still the same window.
    const added = event.event === 'windows-added' && (event.reason === 'split' || event.reason === 'undecided');
    if (added) this.windows += event.windows;
    if (event.event === 'window-read') this.windowsRead++;
    if (event.event === 'waiting') this.waiting = { until: now + event.waitMs, reason: event.reason };
    if (event.event === 'committed') this.#commit(event);
    if (event.event !== 'page') return;
    this.pages++;
    this.rows += event.rows;
  }

  rowsPerSecond(now: number): number {
    return (this.rows * 1000) / Math.max(1, now - this.startedAt);
  }

  /** By the windows read so far; undefined where there is nothing to go by. */
  timeToGoMs(now: number): number | undefined {
    if (this.windowsRead === 0 || this.windowsRead >= this.windows) return undefined;
    return ((now - this.startedAt) * (this.windows - this.windowsRead)) / this.windowsRead;
  }

  /** What was done so far, in the terms of a result. */
  soFar(now: number): Pick<StreamResult, 'rows' | 'objects' | 'tookMs'> {
    const written = [...this.#written.values()];
    const added = written.reduce((sum, { newRows }) => sum + newRows, 0);
    const changed = written.reduce((sum, { changedRows }) => sum + changedRows, 0);
    return {
      rows: { read: this.rows, new: added, changed, unchanged: this.rows - added - changed },
      objects: written.map(({ key, rows, bytes, newRows, changedRows }) => ({
        key,
        rows,
        bytes,
        changed: newRows + changedRows,
      })),
      tookMs: now - this.startedAt,
    };
  }

  #commit(committed: Committed): void {
    const before = this.#written.get(committed.key);
    this.#written.set(committed.key, {
      ...committed,
      newRows: committed.newRows + (before?.newRows ?? 0),
      changedRows: committed.changedRows + (before?.changedRows ?? 0),
    });
  }
}
