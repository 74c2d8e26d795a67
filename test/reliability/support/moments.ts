import { type FSWatcher, watch } from 'node:fs';
import { parseObjectKey } from '../../../contract/layout.ts';

/** What a process lets others see of its progress. */
export type Sign = 'request' | 'change in the lake' | 'unfinished file' | 'object' | 'checkpoint' | 'line on stderr';

/** A moment of a run: so many microseconds after the n-th sign of a kind. */
export interface KillMoment {
  readonly sign: Sign;
  readonly nth: number;
  readonly afterUs: number;
}

/** How many signs of each kind a run gives. */
export type SignCounts = Readonly<Record<Sign, number>>;

/** About what a first load of a lane gives, until a run that came to its end has told. */
export const firstGuess: SignCounts = {
  request: 40,
  'change in the lake': 60,
  'unfinished file': 20,
  object: 6,
  checkpoint: 3,
  'line on stderr': 2,
};

// Requests and changes tell where a run is; the others bring moments that are short often enough.
const SIGNS: readonly Sign[] = [
  ...(['request', 'request', 'request', 'change in the lake', 'change in the lake'] as const),
  ...(['unfinished file', 'unfinished file', 'object', 'checkpoint', 'line on stderr'] as const),
];

/** A moment somewhere in a run that gives about so many signs. `random` is uniform in [0, 1). */
export function pickMoment(random: () => number, counts: SignCounts): KillMoment {
  const sign = SIGNS[Math.floor(random() * SIGNS.length)] ?? 'request';
  // The first unfinished files are those of spools, which only some runs have.
  const share = sign === 'unfinished file' ? random() ** 2 : random();
  const nth = 1 + Math.floor(share * counts[sign]);
  // Half of the moments are the sign itself; the others are spread over what a run does between two of them.
  const afterUs = random() < 0.5 ? 0 : Math.floor(4_000 * random() ** 2);
  return { sign, nth, afterUs };
}

/** Counts a run's signs and says when the moment is there. */
export interface SignWatch {
  give(sign: Sign): void;
  counts(): SignCounts;
  close(): void;
}

/** What signs bring about. */
export interface Acts {
  /** At the moment, once. */
  strike(): void;
  /** At every sign; `key` names the object that has just changed, where it was one. */
  look(key?: string): void;
}

/** Watches the lake and takes the other signs by `give`. */
export function watchSigns(lake: string, moment: KillMoment | undefined, { strike, look }: Acts): SignWatch {
  const counts: Record<Sign, number> = { ...firstGuess };
  for (const sign of SIGNS) counts[sign] = 0;
  const give = (sign: Sign, key?: string) => {
    counts[sign]++;
    look(key);
    if (moment?.sign !== sign || counts[sign] !== moment.nth) return;
    pause(moment.afterUs);
    strike();
  };
  const watcher: FSWatcher = watch(lake, { recursive: true }, (_, name) => {
    give('change in the lake');
    if (/^\.tmp\/[^/]+\/./.test(name ?? '')) give('unfinished file');
    if (name && parseObjectKey(name)) give('object', name);
    if (/^\.checkpoints\/.*\.json$/.test(name ?? '')) give('checkpoint');
  });
  return { give, counts: () => ({ ...counts }), close: () => watcher.close() };
}

const cell = new Int32Array(new SharedArrayBuffer(4));

/** Stops this process, the vendor in it too, so that no turn of its event loop decides when the pause is over. */
function pause(us: number): void {
  if (us > 0) Atomics.wait(cell, 0, 0, us / 1000);
}
