import type { Spool } from '../../engine/ports.ts';
import { SpoolSegment, type SpoolSettings } from './spool-segment.ts';

/**
 * Temporary bytes: the first in memory, the rest in a file without a name, which the operating system frees when the
 * process ends, however it ends. Bytes given to `append` must not change until it resolves. `clear` and `close` wait for the
 * calls that are under way; after an append failed, the spool refuses more until it is cleared.
 * @throws ConvlakeError `lake-unavailable` when the file cannot be written or read
 */
export function openSpool({ folder, ownFolder = false, memoryLimitBytes = 1024 * 1024 }: SpoolSettings): Spool {
  const settings = { folder, ownFolder, memoryLimitBytes };
  let segment = new SpoolSegment(settings);
  return {
    append: (bytes) => segment.append(bytes),
    read: (offset, length) => segment.read(offset, length),
    async clear() {
      const old = segment;
      segment = new SpoolSegment(settings); // before waiting: what is appended from now on begins at 0
      await old.close();
    },
    get memoryBytes() {
      return segment.memoryBytes;
    },
    get diskBytes() {
      return segment.diskBytes;
    },
    close: () => segment.close(),
  };
}
