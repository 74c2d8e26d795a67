import type { FieldPath, StreamDefinition } from '../../contract/streams.ts';
import { scalarText } from '../engine/rows/row.ts';
import { KIND } from '../engine/rows/row-fields.ts';
import type { DetailReading, Row } from '../engine/source.ts';
import { notTheDetail } from './detail.ts';

/** What is read of a transcript of ElevenLabs', and of one that an API built upon it hands through, in this order. */
export const TRANSCRIPT_FIELDS: readonly FieldPath[] = [
  ['status'],
  ['transcript', KIND],
  ['analysis', KIND],
  ['metadata', 'deletion_settings', 'deleted_transcript_at_time_unix_secs'],
];

/** A detail as `transcriptReading` needs it: its bytes, and the tokens of `TRANSCRIPT_FIELDS`. */
export type TranscriptRow = Row;

/**
 * What a call's detail tells of itself. Its turns are complete only when the call has ended, and its analysis comes later still; of a
 * transcript that was deleted, by retention or by a person, the vendor notes when.
 * @throws ConvlakeError `body-unexpected` where something else stands for the transcript
 */
export function transcriptReading(
  { stream, status: words }: Pick<StreamDefinition, 'stream' | 'status'>,
  { bytes, tokens: [status, transcript, analysis, deletedAt] }: TranscriptRow,
): DetailReading {
  if (!isNothing(transcript) && !isArray(transcript)) throw notTheDetail(stream, 'has a transcript that is not a list');
  const open = words?.open.includes(scalarText(status) ?? '') ?? false;
  return {
    bytes,
    open,
    incomplete: !open && analysis === 'null',
    empty: isNothing(transcript) || isEmptyArray(transcript),
    erased: !['', '0'].includes(scalarText(deletedAt) ?? ''),
  };
}

/** True for a token that stands for nothing, and where there is none. */
export function isNothing(token: string | undefined): token is undefined | 'null' {
  return token === undefined || token === 'null';
}

function isArray(token: string): boolean {
  return token.startsWith('[');
}

function isEmptyArray(token: string): boolean {
  return token === '[]';
}
