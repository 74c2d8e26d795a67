/** Buffers of one size that are used again and again, so that memory does not depend on when garbage is collected. */
export interface PartBuffers {
  acquire(): Uint8Array;
  /** Releases a buffer, or the beginning of one, that nobody reads any more. */
  release(part: Uint8Array): void;
}

/** Makes a buffer only when none is free. */
export function partBuffers(partBytes: number): PartBuffers {
  const free: ArrayBufferLike[] = [];
  return {
    acquire: () => new Uint8Array(free.pop() ?? Buffer.allocUnsafeSlow(partBytes).buffer),
    release: (part) => free.push(part.buffer),
  };
}

/** Joins pieces into parts that fill a buffer each, but for the last. There is one part at least; it may be empty. */
export async function* partsOf(
  pieces: AsyncIterable<Uint8Array>,
  buffers: PartBuffers,
): AsyncGenerator<Uint8Array, undefined> {
  let part = buffers.acquire();
  let filled = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      if (filled === part.length) {
        yield part; // only now, when more follows: the last part is never empty
        part = buffers.acquire();
        filled = 0;
      }
      const some = piece.subarray(at, at + part.length - filled);
      part.set(some, filled);
      filled += some.length;
      at += some.length;
    }
  }
  yield part.subarray(0, filled);
  return undefined;
}
