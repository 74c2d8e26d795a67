import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

/** Both what zlib hands over at a time; with Node's 16 KB the hand-overs cost a third more (see `packMember`). */
const CHUNK_BYTES = 256 * 1024;

/** One gzip member of all the lines, as a stream. A consumer that stops early ends the lines too, and what they throw it gets. */
export async function* packWhole(lines: AsyncIterable<Uint8Array>, level: number): AsyncGenerator<Uint8Array> {
  const gzip = createGzip({ level, chunkSize: CHUNK_BYTES });
  pipeline(Readable.from(lines), gzip, () => undefined); // an error of the lines destroys `gzip` with it
  yield* gzip;
}
