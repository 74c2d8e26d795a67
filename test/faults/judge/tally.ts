import { plainTable } from '../../../cli/output/plain-table.ts';
import { counted, inSeconds } from '../../../cli/output/words.ts';
import type { Testimony } from './testimony.ts';

/** How many broken histories are remembered; the others are only counted. */
const REMEMBERED = 100;

/** The sums of all histories so far; it stays small however many there are. */
export class HistoryTally {
  histories = 0;
  broken = 0;
  /** The first histories that broke the promise. */
  readonly first: { readonly seed: number; readonly broken: string }[] = [];
  #processes = 0;
  #calls = 0;
  #rowsChecked = 0;
  readonly #faults = new Map<string, number>();

  add({ seed, broken, processes, calls, rowsChecked, faults }: Testimony): void {
    this.histories++;
    this.#processes += processes;
    this.#calls += calls;
    this.#rowsChecked += rowsChecked;
    for (const [kind, count] of Object.entries(faults)) this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + count);
    if (broken === undefined) return;
    this.broken++;
    if (this.first.length < REMEMBERED) this.first.push({ seed, broken });
  }

  /** What there was of everything, as a table. */
  summary(tookMs: number): string {
    const kinds = [...this.#faults].sort(([, a], [, b]) => b - a);
    const all = kinds.reduce((sum, [, count]) => sum + count, 0);
    const rows = [
      ['histories', counted(this.histories)],
      ['processes started', counted(this.#processes)],
      ['calls', counted(this.#calls)],
      ['faults', counted(all)],
      ...kinds.map(([kind, count]) => [`  ${kind}`, counted(count)]),
      ['rows checked', counted(this.#rowsChecked)],
      ['seconds', inSeconds(tookMs)],
      ['histories/s', (this.histories / Math.max(tookMs / 1000, 0.001)).toFixed(1)],
      ['broken', counted(this.broken)],
    ];
    return plainTable(['what', 'how many'], rows, { first: 1, last: 1 });
  }
}
