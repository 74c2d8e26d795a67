import { type FileHandle, rm } from 'node:fs/promises';
import { fileFailure } from '../../files/file-failure.ts';
import { openTemporary } from '../../files/temporary-folder.ts';
import { makeOwnFolder } from '../../files/user-folder.ts';
import { writeAll } from '../../files/whole-file.ts';

/** Where a spool lies and how much of it stays in memory. */
export interface SpoolSettings {
  /** The folder of the file; made when it is not there. */
  readonly folder: string;
  /** The folder is this user's alone: made so, and refused when another user's stands there. Default: false. */
  readonly ownFolder?: boolean;
  /** So many bytes stay in memory before there is a file. Default: 1 MB. */
  readonly memoryLimitBytes?: number;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly written: PromiseWithResolvers<void>;
}

/** What a spool holds between two calls of `clear`: a buffer, and from the first piece that does not fit a file. */
export class SpoolSegment {
  readonly #folder: string;
  readonly #ownFolder: boolean;
  readonly #memoryLimitBytes: number;
  #memory = new Uint8Array();
  /** The file holds the offsets from here on, once there is one. */
  #memoryEnd = 0;
  #writtenEnd = 0;
  #end = 0;
  #spilled = false;
  #file: Promise<FileHandle> | undefined;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor({ folder, ownFolder, memoryLimitBytes }: Required<SpoolSettings>) {
    this.#folder = folder;
    this.#ownFolder = ownFolder;
    this.#memoryLimitBytes = memoryLimitBytes;
  }

  get memoryBytes(): number {
    return this.#memory.length + this.#waiting.reduce((bytes, next) => bytes + next.bytes.length, 0);
  }

  get diskBytes(): number {
    return this.#writtenEnd - this.#memoryEnd;
  }

  async append(bytes: Uint8Array): Promise<number> {
    if (this.#failure) throw this.#failure.error;
    const offset = this.#end;
    if (!this.#spilled && offset + bytes.length <= this.#memoryLimitBytes) {
      this.#remember(bytes);
      return offset;
    }
    this.#spilled = true;
    this.#end += bytes.length;
    const written = Promise.withResolvers<void>();
    this.#waiting.push({ bytes, written });
    this.#writing ??= this.#writeWaiting();
    await written.promise;
    return offset;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset < 0 || length < 0 || offset + length > this.#end) {
      throw new RangeError(`bytes ${offset} to ${offset + length} are not in a spool of ${this.#end}`);
    }
    const inMemory = Math.min(offset + length, this.#memoryEnd);
    const remembered = this.#memory.subarray(Math.min(offset, inMemory), inMemory);
    if (remembered.length === length) return remembered;
    const bytes = Buffer.allocUnsafeSlow(length);
    bytes.set(remembered);
    try {
      await this.#readFile(offset + remembered.length, bytes.subarray(remembered.length));
    } catch (cause) {
      throw fileFailure(`read back rows from ${this.#folder}`, cause);
    }
    return bytes;
  }

  async close(): Promise<void> {
    await this.#writing;
    this.#memory = new Uint8Array();
    const handle = await this.#file?.catch(() => undefined); // that it did not open was told to those who appended
    await handle?.close();
  }

  #remember(bytes: Uint8Array): void {
    const end = this.#end + bytes.length;
    if (end > this.#memory.length) {
      const grown = new Uint8Array(Math.min(this.#memoryLimitBytes, Math.max(4096, 2 * end)));
      grown.set(this.#memory.subarray(0, this.#end));
      this.#memory = grown; // a new one, so that views on the old one stay as they are
    }
    this.#memory.set(bytes, this.#end);
    this.#end = end;
    this.#memoryEnd = end;
    this.#writtenEnd = end;
  }

  /** One write at a time; what is appended meanwhile goes with the next. Never rejects: those who appended are told. */
  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        if (this.#failure) throw this.#failure.error;
        this.#file ??= this.#openFile();
        const bytes = batch.length === 1 && batch[0] ? batch[0].bytes : Buffer.concat(batch.map((next) => next.bytes));
        this.#writtenEnd += await writeAll(await this.#file, bytes, this.#writtenEnd - this.#memoryEnd);
        for (const next of batch) next.written.resolve();
      } catch (cause) {
        this.#failure ??= { error: fileFailure(`keep rows that were read in ${this.#folder}`, cause) };
        for (const next of batch) next.written.reject(this.#failure.error);
      }
    }
    this.#writing = undefined;
  }

  async #openFile(): Promise<FileHandle> {
    if (this.#ownFolder) await makeOwnFolder(this.#folder);
    return openUnnamed(this.#folder);
  }

  async #readFile(offset: number, into: Uint8Array): Promise<void> {
    while (offset + into.length > this.#writtenEnd && this.#writing) await this.#writing;
    const handle = await this.#file;
    for (let done = 0; done < into.length; ) {
      const position = offset - this.#memoryEnd + done;
      const { bytesRead } = (await handle?.read(into, done, into.length - done, position)) ?? { bytesRead: 0 };
      if (bytesRead === 0) throw this.#failure?.error ?? new RangeError('a spool holds fewer bytes than are asked for');
      done += bytesRead;
    }
  }
}

/** Opened and unlinked at once: nobody else can find it, and nothing is left of it when the process dies. */
async function openUnnamed(folder: string): Promise<FileHandle> {
  const { path, handle } = await openTemporary(folder, 0o600);
  try {
    await rm(path);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}
