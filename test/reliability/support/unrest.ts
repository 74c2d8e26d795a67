import { streamDefinition } from '../../../contract/streams.ts';
import { draw } from '../../simulator/rows/random.ts';
import { DAY_MS } from '../../support/durations.ts';
import { type Mutation, mutator } from '../../support/run/mutations.ts';
import type { Scene } from '../../support/run/scene.ts';

const KINDS: readonly Mutation[] = ['appears', 'changes', 'changes', 'vanishes'];
/** So many characters, times the rows of a day, are more than a spool keeps in memory, however well they are compressed. */
const NOTE_LENGTH = 30_000;

/** What goes on in a vendor's account meanwhile. */
export interface Unrest {
  /** Something small. */
  one(): void;
  /** Every row of some day gets a long text, as after a bulk edit; those that had one get a short one. */
  day(): void;
  /** Some rows get one version, in streams that have versions. */
  tie(): void;
}

/** Unrest that is the same for the same randomness, uniform in [0, 1). */
export function unrestOf(scene: Scene, random: () => number): Unrest {
  const { world, stream, simulator } = scene;
  const mutate = mutator(scene, random);
  const pool = noise(Math.floor(random() * 2 ** 31));

  let long: readonly string[] = [];

  const rowsOf = (day: number) => {
    const from = simulator.since + day * DAY_MS;
    const rows = [...world.current()].filter(({ time }) => time >= from && time < from + DAY_MS);
    return rows.flatMap(({ key }) => key ?? []);
  };
  return {
    one: () => mutate(KINDS[Math.floor(random() * KINDS.length)] ?? 'changes'),
    day() {
      for (const key of long) if (world.row(key)) world.change(key, { note: '' });
      long = rowsOf(Math.floor(random() * 2));
      for (const key of long) {
        const at = Math.floor(random() * (pool.length - NOTE_LENGTH));
        world.change(key, { note: pool.slice(at, at + NOTE_LENGTH) });
      }
    },
    tie() {
      if (!streamDefinition(stream).version) return;
      const keys = [...world.current()].flatMap(({ key }) => key ?? []);
      const from = Math.floor(random() * keys.length);
      world.touch(keys.slice(from, from + 25), scene.now() - Math.floor(random() * 60_000));
    },
  };
}

/** Text that does not get smaller. */
function noise(seed: number): string {
  const words = Uint32Array.from({ length: 200_000 }, (_, n) => draw(seed, n, 3));
  return Buffer.from(words.buffer).toString('base64');
}
