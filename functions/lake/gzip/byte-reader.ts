/** Pieces of a stream, read by the number of bytes instead of as they come. */
export interface ByteReader {
  /** Bytes taken so far. */
  offset(): number;
  /** The next bytes without taking them; fewer than asked only at the end. */
  peek(bytes: number): Promise<Uint8Array>;
  /** Takes the next bytes; fewer than asked only at the end. May be a view on a piece. */
  take(bytes: number): Promise<Uint8Array>;
  /** Takes what is at hand, at most so many bytes; none only at the end. */
  takeSome(mostBytes: number): Promise<Uint8Array>;
  /** Puts back the last so many bytes of what was taken last. */
  putBack(bytes: Uint8Array): void;
  /** Ends the source, so that it closes what it holds open. */
  close(): Promise<void>;
}

const NOTHING = new Uint8Array();

/** A reader over `pieces`; what the source throws passes through untouched. */
export function byteReader(pieces: AsyncIterable<Uint8Array>): ByteReader {
  const source = pieces[Symbol.asyncIterator]();
  let held: Uint8Array = NOTHING;
  let taken = 0;
  let ended = false;

  const hold = async (bytes: number) => {
    if (held.length >= bytes || ended) return;
    // Collected first and joined once: joining piece by piece would copy a large member over and over.
    const parts = [held];
    for (let have = held.length; have < bytes; ) {
      const { done, value } = await source.next();
      if (done) {
        ended = true;
        break;
      }
      parts.push(value);
      have += value.length;
    }
    const filled = parts.filter((part) => part.length > 0);
    held = filled.length > 1 ? Buffer.concat(filled) : (filled[0] ?? NOTHING);
  };

  const takeHeld = (bytes: number) => {
    const part = held.subarray(0, bytes);
    held = held.subarray(part.length);
    taken += part.length;
    return part;
  };

  return {
    offset: () => taken,
    async peek(bytes) {
      await hold(bytes);
      return held.subarray(0, bytes);
    },
    async take(bytes) {
      await hold(bytes);
      return takeHeld(bytes);
    },
    async takeSome(mostBytes) {
      await hold(1);
      return takeHeld(mostBytes);
    },
    putBack(bytes) {
      held = held.length > 0 ? Buffer.concat([bytes, held]) : bytes;
      taken -= bytes.length;
    },
    async close() {
      if (!ended) await source.return?.();
    },
  };
}
