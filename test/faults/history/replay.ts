import type { CallFault } from '../world/wire.ts';

/** How a history is looked at, and what of it is left out. */
export interface Replay {
  /** Whether the fault by this name may happen. */
  readonly mayHappen?: (fault: string) => boolean;
  /** Told of everything that happens, in order. */
  readonly trace?: (line: string) => void;
  /** False takes the checker's teeth out: nothing is ever wrong. */
  readonly checks?: boolean;
}

/** What became of a history. */
export interface HistoryResult {
  /** What of the promise was broken first; undefined when it held. */
  readonly broken: string | undefined;
  /** The same for the same history, byte for byte. */
  readonly fingerprint: string;
  /** Every fault that happened, by name. */
  readonly faults: ReadonlyMap<string, CallFault>;
  readonly happened: number;
  readonly calls: number;
  readonly processes: number;
  readonly rowsChecked: number;
}
