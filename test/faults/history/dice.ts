import { scramble } from '../../simulator/rows/random.ts';

/**
 * Chance that is a pure function of a seed and a name: whatever else happens in a history, the same thing by the same name
 * turns out the same, so that a history from which things were taken away stays like the one it came from.
 */
export class Dice {
  #state: number;

  constructor(seed: number, name: string) {
    let hash = scramble(seed ^ 0x5bd1e995);
    for (let at = 0; at < name.length; at++) hash = scramble(Math.imul(hash, 31) + name.charCodeAt(at));
    this.#state = hash;
  }

  /** Uniform in [0, 1). */
  share(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    return scramble(this.#state) / 4_294_967_296;
  }

  happens(share: number): boolean {
    return this.share() < share;
  }

  pick<T>(from: readonly [T, ...T[]]): T {
    return from[Math.floor(this.share() * from.length)] ?? from[0];
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.share() * (most - least + 1));
  }

  /** Between the two, small ones as likely as large ones by order of magnitude. */
  spread(least: number, most: number): number {
    return Math.round(least * (most / least) ** this.share());
  }
}
