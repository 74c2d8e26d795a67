/**
 * The catalogue of columns: what the view over each stream's lines shows, in this order. A field that is not here can still be
 * queried, through the view's `row`.
 */

import type { Column } from './columns/column.ts';
import { botconv, vocconv } from './columns/crescendo.ts';
import {
  elevenlabsTranscripts,
  salesloftConversationDetails,
  salesloftTranscriptSentences,
  voiceableTranscripts,
} from './columns/details.ts';
import { conversations as elevenlabsConversations } from './columns/elevenlabs.ts';
import {
  conversations as salesloftConversations,
  transcriptions as salesloftTranscriptions,
} from './columns/salesloft.ts';
import { conversations as voiceableConversations } from './columns/voiceable.ts';
import type { StreamName } from './streams.ts';

export { COLUMN_TYPES, type Column } from './columns/column.ts';
export { DETAIL_FIELDS } from './columns/details.ts';

const columns: Readonly<Record<StreamName, readonly Column[]>> = {
  'crescendo.vocconv': vocconv,
  'crescendo.botconv': botconv,
  'salesloft.conversations': salesloftConversations,
  'salesloft.transcriptions': salesloftTranscriptions,
  'salesloft.transcript_sentences': salesloftTranscriptSentences,
  'salesloft.conversation_details': salesloftConversationDetails,
  'voiceable.conversations': voiceableConversations,
  'voiceable.transcripts': voiceableTranscripts,
  'elevenlabs.conversations': elevenlabsConversations,
  'elevenlabs.transcripts': elevenlabsTranscripts,
};

/** Columns that every view has of its own, so that no field can have their names: `row` is the whole line. */
export const OWN_COLUMNS = ['row_key', 'row_time', 'row', 'oversized', 'tenant', 'dt'] as const;

/**
 * The columns of a stream's fields, checked.
 * @throws Error naming every pair of fields that collapse into one column, and every field that would hide a column of the view
 */
export function columnsOf(stream: StreamName): readonly Column[] {
  const problems = collapsedColumns(columns[stream]);
  if (problems.length > 0) throw new Error(`the columns of ${stream} cannot make a view: ${problems.join('; ')}`);
  return columns[stream];
}

/** What is wrong with the names of these columns, one sentence per problem; none where every column has a name of its own. */
export function collapsedColumns(all: readonly Column[]): readonly string[] {
  const taken = new Map<string, string>(OWN_COLUMNS.map((name) => [name, 'the view itself']));
  const problems: string[] = [];
  for (const { name, path } of all) {
    const field = JSON.stringify(path.join('.'));
    const owner = taken.get(name);
    if (owner !== undefined)
      problems.push(`column ${name} of field ${field} is already that of ${owner}; name it otherwise`);
    else if (!/^[a-z][a-z0-9_]*$/.test(name))
      problems.push(`${JSON.stringify(name)} of field ${field} is not a column name`);
    else taken.set(name, `field ${field}`);
  }
  return problems;
}
