import { Buffer } from 'node:buffer';
import { parseOversizedKey } from '../../../contract/layout.ts';
import type { Checkpoint, Rewind } from '../../../functions/engine/checkpoint.ts';
import { ConvlakeError } from '../../../functions/engine/errors.ts';
import type {
  CheckpointStore,
  Codec,
  Lake,
  ListedObject,
  Member,
  Provenance,
  Spool,
  Tag,
} from '../../../functions/engine/ports.ts';

/** Called before and after every effect, by name: it may throw (the process dies) or wait (it freezes). */
export type Effect = (name: string) => Promise<void> | void;

interface StoredObject {
  readonly tag: Tag;
  readonly bytes: Buffer;
  readonly provenance: Provenance;
}

/** A lake in memory with the semantics of the real ones: objects replaced whole, under the tag they had. Shared by many runs. */
export class MemoryLake {
  readonly objects = new Map<string, StoredObject>();
  writes = 0;
  /** The lake's own clock, epoch ms, and what it said when objects were put whole. */
  nowMs = 0;
  readonly modifiedAt = new Map<string, number>();
  #tags = 0;

  /** The lake as one process sees it; its effects pass through `effect`. */
  connect(effect: Effect = () => undefined): Lake {
    return {
      tagOf: async (key) => {
        await effect(`tagOf ${key}`);
        return this.objects.get(key)?.tag;
      },
      read: (key, tag) => this.#read(key, tag, effect),
      replace: async (key, expected, pieces, provenance) => {
        const taken: Uint8Array[] = [];
        for await (const piece of pieces) taken.push(Buffer.from(piece));
        await effect(`replace ${key}`);
        if (this.objects.get(key)?.tag !== expected) throw changed(key);
        const tag = `tag-${++this.#tags}`;
        this.objects.set(key, { tag, bytes: Buffer.concat(taken), provenance });
        this.writes++;
        await effect(`replaced ${key}`);
        return tag;
      },
      put: async (key, bytes) => {
        this.objects.set(key, { tag: `tag-${++this.#tags}`, bytes: Buffer.from(bytes), provenance: noProvenance });
      },
      putWhole: async (key, pieces) => {
        const taken: Uint8Array[] = [];
        for await (const piece of pieces) taken.push(Buffer.from(piece));
        await effect(`putWhole ${key}`);
        const stored = { tag: `tag-${++this.#tags}`, bytes: Buffer.concat(taken), provenance: noProvenance };
        this.objects.set(key, stored);
        this.modifiedAt.set(key, this.nowMs);
        await effect(`wrote whole ${key}`);
      },
      list: (folder) => this.#list(folder, effect),
      remove: async (key, tag) => {
        await effect(`remove ${key}`);
        if (this.objects.get(key)?.tag === tag) this.objects.delete(key);
      },
      openSpool: () => memorySpool(),
    };
  }

  /** Every line of a table's partition objects, with the object's key, be it one of the layout or not. */
  lines(): { readonly key: string; readonly line: string }[] {
    return [...this.objects].flatMap(([key, { bytes }]) =>
      key.startsWith('convlake_runs/') || parseOversizedKey(key) || key.includes('_revisits/')
        ? []
        : unframe(bytes)
            .flatMap((member) => member.toString('utf8').split('\n').slice(0, -1))
            .map((line) => ({ key, line })),
    );
  }

  async *#list(folder: string, effect: Effect): AsyncGenerator<ListedObject> {
    await effect(`list ${folder}`);
    for (const [key, { tag }] of [...this.objects]) {
      if (key.startsWith(folder)) yield { key, tag, modifiedAt: this.modifiedAt.get(key) ?? 0 };
    }
  }

  async *#read(key: string, tag: Tag, effect: Effect): AsyncGenerator<Uint8Array> {
    await effect(`read ${key}`);
    const object = this.objects.get(key);
    if (object?.tag !== tag) throw changed(key);
    // Odd pieces, so that readers must put members together again.
    for (let at = 0; at < object.bytes.length; at += 1000) yield object.bytes.subarray(at, at + 1000);
  }
}

const noProvenance: Provenance = { commitId: '', runId: '', rows: 0 };

function changed(key: string): ConvlakeError {
  return new ConvlakeError('object-changed', 'retry', `${key} has another tag`);
}

/** Members framed by their length: what gzip is to the real lake, without its cost and its threads. */
export const plainCodec: Codec = {
  pack: async (lines) => {
    const header = Buffer.alloc(4);
    header.writeUInt32LE(lines.length);
    return Buffer.concat([header, lines]);
  },
  unpack: async (packed) => packed.subarray(4),
  readMembers: async function* (pieces): AsyncGenerator<Member> {
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    const bytes = Buffer.concat(all);
    for (const lines of unframe(bytes)) {
      const packed = Buffer.alloc(4 + lines.length);
      packed.writeUInt32LE(lines.length);
      lines.copy(packed, 4);
      yield { packed: isWhole(bytes) ? undefined : packed, lines };
    }
  },
  packRow: async function* (pieces, packedAt) {
    const header = Buffer.alloc(8);
    header.writeDoubleLE(packedAt);
    yield header;
    yield* pieces;
  },
};

/** The same, with all lines of an object as one member, whose bounds nobody knows when it is read again. */
export const singleCodec: Codec = {
  ...plainCodec,
  packWhole: async function* (lines) {
    const all: Uint8Array[] = [];
    for await (const some of lines) all.push(some);
    const bytes = Buffer.concat(all);
    const header = Buffer.alloc(4);
    header.writeUInt32LE(bytes.length + WHOLE);
    yield header;
    yield bytes;
  },
};

/** Added to the length of a member that is a whole object. */
const WHOLE = 2 ** 31;

/** True for an object that `singleCodec` wrote. */
export function isWhole(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.readUInt32LE(0) >= WHOLE;
}

/** The row that `plainCodec` packed whole: behind the time of packing. */
export function unpackedWhole(packed: Buffer): Buffer {
  return packed.subarray(8);
}

/** The members that `plainCodec` framed. */
export function unframe(bytes: Buffer): Buffer[] {
  const members: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at) % WHOLE;
    members.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return members;
}

function memorySpool(): Spool {
  let bytes = Buffer.alloc(0);
  return {
    append: async (more) => {
      const offset = bytes.length;
      bytes = Buffer.concat([bytes, more]);
      return offset;
    },
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    clear: async () => {
      bytes = Buffer.alloc(0);
    },
    get memoryBytes() {
      return bytes.length;
    },
    diskBytes: 0,
    close: async () => undefined,
  };
}

/** A checkpoint in memory, shared by many runs. */
export class MemoryCheckpoint {
  value: Checkpoint | undefined;
  rewind: Rewind | undefined;
  readonly written: Checkpoint[] = [];

  connect(effect: Effect = () => undefined): CheckpointStore {
    return {
      read: async () => {
        await effect('read checkpoint');
        return this.value;
      },
      readWithRewind: async () => {
        await effect('read checkpoint');
        return { checkpoint: this.value, rewind: this.rewind };
      },
      write: async (checkpoint) => {
        await effect('write checkpoint');
        this.value = checkpoint;
        this.written.push(checkpoint);
        await effect('wrote checkpoint');
      },
      remove: async () => {
        this.value = undefined;
      },
    };
  }
}
