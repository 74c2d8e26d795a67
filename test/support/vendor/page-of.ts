import type { StreamDefinition } from '../../../contract/streams.ts';
import { fieldsToRead } from '../../../functions/engine/rows/row.ts';
import { splitPage } from '../../../functions/engine/rows/split-page.ts';
import type { Page } from '../../../functions/engine/source.ts';
import { sources } from '../../../functions/sources/index.ts';

/** A recorded body as a dialect of the stream gets it. */
export function pageOf(definition: StreamDefinition, body: unknown): Page {
  const { rowsUnder } = sources[definition.source].dialect({ definition, pageSize: 100, purpose: 'live' });
  return splitPage(new TextEncoder().encode(JSON.stringify(body)), fieldsToRead(definition), rowsUnder);
}
