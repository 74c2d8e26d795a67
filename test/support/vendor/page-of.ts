import type { StreamDefinition } from '../../../contract/streams.ts';
import { fieldsToRead } from '../../../functions/engine/rows/row.ts';
import { splitPage } from '../../../functions/engine/rows/split-page.ts';
import type { SplitPage } from '../../../functions/engine/source.ts';

/** A recorded body as a dialect of the stream gets it. */
export function pageOf(definition: StreamDefinition, body: unknown): SplitPage {
  return splitPage(new TextEncoder().encode(JSON.stringify(body)), fieldsToRead(definition));
}
