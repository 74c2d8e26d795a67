import { type ListStreamName, listStream } from '../../../contract/streams.ts';
import type { Scene } from './scene.ts';

/** What can happen to a row while a run reads. */
export type Mutation = 'appears' | 'changes' | 'vanishes';

const newRow: Readonly<Record<ListStreamName, (key: string, atMs: number) => Readonly<Record<string, unknown>>>> = {
  'crescendo.vocconv': (ID, atMs) => ({ ID, DatetimeUTC: iso(atMs), CSat: null }),
  'crescendo.botconv': (ID, atMs) => ({ ID, Datetime: atMs, DatetimeUTC: iso(atMs), 'Handoff Reason': null }),
  // A transaction that began ten minutes ago and is visible only now.
  'salesloft.conversations': (id, atMs) => ({ id, created_at: iso(atMs), title: '', updated_at: undefined }),
  'salesloft.transcriptions': (id, atMs) => ({ id, created_at: iso(atMs), conversation: null, updated_at: undefined }),
  'voiceable.conversations': (conversation_id, atMs) => ({
    conversation_id,
    status: 'completed',
    created_at: `${iso(atMs).slice(0, 19)}Z`,
  }),
  'elevenlabs.conversations': (conversation_id, atMs) => ({
    conversation_id,
    start_time_unix_secs: Math.floor(atMs / 1000),
    status: 'done',
  }),
};

/** Does things to rows of a scene, the same ones for the same randomness. `random` is uniform in [0, 1). */
export function mutator(scene: Scene, random: () => number): (mutation: Mutation) => void {
  const { world, stream, simulator } = scene;
  let count = 0;

  const someKey = () => {
    const keys = [...world.current()].flatMap(({ key }) => key ?? []);
    return keys[Math.floor(random() * keys.length)];
  };
  const appear = () => {
    const atMs = Math.floor((simulator.since + random() * (scene.now() - simulator.since)) / 1000) * 1000;
    const row = newRow[listStream(stream)](`appeared-${count}`, atMs);
    // Its version may be a little older than what a walk has passed already.
    const version = 'updated_at' in row ? { updated_at: iso(scene.now() - random() * 10 * 60_000) } : {};
    world.put({ ...row, ...version }, { time: atMs });
  };
  const change = (key: string) => world.change(key, { note: `change ${count}` });

  return (mutation) => {
    count++;
    const key = mutation === 'appears' ? undefined : someKey();
    if (mutation === 'appears') appear();
    else if (key !== undefined && mutation === 'changes') change(key);
    else if (key !== undefined) world.remove(key);
  };
}

/** Uniform numbers in [0, 1), the same for the same seed (Mulberry32, public domain). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
