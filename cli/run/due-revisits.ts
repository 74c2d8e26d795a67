import { revisitsKey } from '../../contract/layout.ts';
import type { StreamDefinition } from '../../contract/streams.ts';
import { revisitLines } from '../../functions/engine/details/revisits/revisit.ts';
import { splitLines } from '../../functions/engine/rows/lines.ts';
import { gzipCodec } from '../../functions/lake/gzip/gzip.ts';
import type { LakeView } from './storage.ts';

/** It only reads. */
const CODEC = gzipCodec({ level: 1 });

/**
 * How many details are to be asked for again at `now` (epoch ms), whatever lists say: so many requests of the next run, and more where a
 * detail has several pages.
 * @throws ConvlakeError `lake-unavailable`, `object-corrupt`
 */
export async function dueRevisits(
  lake: LakeView,
  { definition, tenant }: { readonly definition: StreamDefinition; readonly tenant: string },
  now: number,
): Promise<number> {
  const key = revisitsKey({ table: definition.table, tenant });
  const lines = revisitLines(definition, key);
  let due = 0;
  for await (const object of lake.list(key.slice(0, key.lastIndexOf('/') + 1))) {
    if (object.key !== key) continue;
    for await (const member of CODEC.readMembers(lake.read(key, object.tag), key)) {
      for (const line of splitLines(member.lines)) if (lines.read(line).due <= now) due++;
    }
  }
  return due;
}
