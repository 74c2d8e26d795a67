import type { Checkpoint, Rewind } from './checkpoint.ts';
import type { PageRequest } from './source.ts';

/** Time as a run sees it. Planning, deadlines and waits are apart, so that `--now` can fix the first alone. */
export interface Clock {
  /** The instant that planning calls now, epoch ms. */
  planningNow(): number;
  /** The real instant, epoch ms. */
  now(): number;
  /** Milliseconds that the run may still take; Infinity where nothing limits it. */
  timeLeftMs(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/**
 * Fetches one page and hands its body to `read`. All retries, waits and budgets are inside: a `body-unexpected` that `read`
 * throws counts as a failed try like a reset connection.
 * @throws ConvlakeError see its codes; `vendor-wait` when the run's time does not reach
 */
export type FetchPage = <T>(request: PageRequest, signal: AbortSignal, read: (body: Uint8Array) => T) => Promise<T>;

/** What tells one content of an object from the next: an ETag, or what a file system has for it. */
export type Tag = string;

/** Where objects are. A key is that of contract/layout.ts, relative to the lake's root. */
export interface Lake {
  /** The tag of the object at `key`, or undefined when there is none. Only a certain absence is "none". */
  tagOf(key: string): Promise<Tag | undefined>;
  /**
   * The bytes of the object while it has this tag, whatever happens to the key meanwhile.
   * @throws ConvlakeError `object-changed` when the object has another tag
   */
  read(key: string, tag: Tag): AsyncIterable<Uint8Array>;
  /**
   * Puts `pieces` in the place of the object that has tag `expected` (undefined: of no object), whole or not at all and
   * durably, and resolves to the new tag. A response that got lost after success counts as success.
   * @throws ConvlakeError `object-changed` when another tag is found; nothing was changed then
   */
  replace(
    key: string,
    expected: Tag | undefined,
    pieces: AsyncIterable<Uint8Array>,
    provenance: Provenance,
  ): Promise<Tag>;
  /** Writes a small object that nobody else writes (a run's report). */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /**
   * Writes an object of whatever size, whole or not at all and durably, whatever is there: for keys under which everybody writes the
   * same content. It never holds more than a few of the pieces.
   */
  putWhole(key: string, pieces: AsyncIterable<Uint8Array>): Promise<void>;
  /** The objects of a folder, whose name ends with a slash, in no order; none for a folder that is not there. */
  list(folder: string): AsyncIterable<ListedObject>;
  /** Removes the object while it has this tag; leaves it alone when it has another one or is gone. */
  remove(key: string, tag: Tag): Promise<void>;
  /** Temporary storage on this machine, for rows that were read and are not committed yet. */
  openSpool(): Spool;
}

/** An object as a lake lists it. */
export interface ListedObject {
  readonly key: string;
  readonly tag: Tag;
  /** When it was written last, epoch ms by the lake's clock. */
  readonly modifiedAt: number;
}

/** Says where an object came from; kept with it where the lake can (S3 metadata). Never rows, never secrets. */
export interface Provenance {
  /** Unique per commit: tells our own success from another run's. */
  readonly commitId: string;
  readonly runId: string;
  readonly rows: number;
}

/** Append-only temporary bytes. The first of them stay in memory, the rest in a file that vanishes with the process. */
export interface Spool {
  /** Appends and resolves to the offset at which the bytes begin. Calls may overlap; offsets are given in call order. */
  append(bytes: Uint8Array): Promise<number>;
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Forgets all bytes; the next offset is 0 again. */
  clear(): Promise<void>;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  close(): Promise<void>;
}

/** One gzip member of an object: `packed` as it lies there, or undefined when its bounds are not known (foreign gzip). */
export interface Member {
  readonly packed: Uint8Array | undefined;
  /** The lines, each with its line feed. Of a foreign member, a part of it that ends at a line end. */
  readonly lines: Uint8Array;
}

/** Compression, as a port so that a simulation can be deterministic. */
export interface Codec {
  /** One gzip member that `readMembers` can copy without unpacking. */
  pack(lines: Uint8Array): Promise<Uint8Array>;
  /**
   * All lines of an object as one gzip member, as a stream. Only there where objects are to be written so: members of `pack` then
   * wait in spools and never reach an object.
   */
  readonly packWhole?: (lines: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
  /** Unpacks one member that `pack` made. @throws ConvlakeError `object-corrupt` */
  unpack(packed: Uint8Array): Promise<Uint8Array>;
  /**
   * The members of a gzip object in order. Bytes that are not gzip, a bad checksum, a cut end, text after the last line end
   * and a line beyond the size limit all throw.
   * @throws ConvlakeError `object-corrupt` naming `path`
   */
  readMembers(pieces: AsyncIterable<Uint8Array>, path: string): AsyncIterable<Member>;
  /**
   * One gzip member of one row, given in pieces, as a stream. It says when it was packed (epoch ms), so that the same content packed again at
   * another time has other bytes, and its object another tag.
   */
  packRow(pieces: AsyncIterable<Uint8Array>, packedAt: number): AsyncIterable<Uint8Array>;
}

/** What a store holds of one stream and tenant. */
export interface Records {
  readonly checkpoint: Checkpoint | undefined;
  /** A person's order to start again, which lies apart from the record. */
  readonly rewind: Rewind | undefined;
}

/** `brief`: what is asked is worth little waiting where a store is busy. */
export type Patience = 'brief';

/** The durable record of one stream and tenant (or of one backfill of it). */
export interface CheckpointStore {
  /**
   * Undefined only when there is none.
   * @throws ConvlakeError `checkpoint-unreadable` for anything else
   */
  read(): Promise<Checkpoint | undefined>;
  /**
   * The record and the order to start again, at the price of one reading. Each is undefined only when there is none.
   * @throws ConvlakeError `checkpoint-unreadable` for anything else
   */
  readWithRewind(): Promise<Records>;
  /** @throws ConvlakeError `checkpoint-unreadable`: `retry` where the store is too busy or unwell */
  write(checkpoint: Checkpoint, patience?: Patience): Promise<void>;
  /** Removes the record (a finished backfill's). */
  remove(): Promise<void>;
}

/** What a run has cost the vendor so far, and what its responses told of the time. */
export interface Traffic {
  /** Requests sent, further tries included. */
  readonly requests: number;
  /** Milliseconds that the vendor asked to wait. */
  readonly throttledMs: number;
  /** What requests have cost of the vendor's budget, in its own points; undefined where it does not say. */
  readonly points?: number | undefined;
  /** The vendor's own clock, as its latest response told it, epoch ms; undefined where none has. */
  readonly vendorNow?: number | undefined;
}

/** What a commit wrote. */
export interface Committed {
  readonly key: string;
  /** Rows in the object, and how many of them the commit added or replaced. */
  readonly rows: number;
  readonly newRows: number;
  readonly changedRows: number;
  /** Size of the object. */
  readonly bytes: number;
}

/** Every effect a run has. */
export interface Ports {
  readonly clock: Clock;
  readonly fetchPage: FetchPage;
  /** Of `fetchPage`. */
  readonly traffic: () => Traffic;
  readonly lake: Lake;
  readonly codec: Codec;
  readonly checkpoints: CheckpointStore;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** A new id, unique for all time. */
  readonly newId: () => string;
  /** Told of everything that an observer may want to know; must not throw. */
  readonly observe: (event: RunEvent) => void;
  /** Aborted when the caller wants the run to end: what was read is still committed. */
  readonly signal: AbortSignal;
}

/** What happens during a run, for progress and logs. Never a row, a body, a header or a credential. */
export type RunEvent =
  | { readonly event: 'planned'; readonly windows: number; readonly from: number; readonly to: number }
  | { readonly event: 'page'; readonly rows: number; readonly bytes: number }
  | { readonly event: 'waiting'; readonly waitMs: number; readonly reason: string }
  | {
      readonly event: 'window-read';
      readonly from: number;
      readonly to: number;
      readonly kind: 'new' | 're-read' | 'revisit' | 'history';
    }
  | {
      readonly event: 'windows-added';
      readonly windows: number;
      readonly reason: 'split' | 'undecided' | 'undecided-page' | 'doubled' | 'cursor-refused';
    }
  | ({ readonly event: 'committed' } & Committed)
  | { readonly event: 'checkpoint'; readonly watermark: number | undefined }
  | { readonly event: 'warning'; readonly message: string };
