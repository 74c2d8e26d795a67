import type { DetailStreamName } from '../../../../contract/streams.ts';

/** What a detail shows. */
export interface ShownDetail {
  readonly id: string;
  /** Another one with every change of any detail. */
  readonly moment: number;
  /** The vendor says that it is not final; of calls alone, as the next. */
  readonly open: boolean;
  /** A part that comes later is not there yet. */
  readonly incomplete: boolean;
  /** `empty`: nothing of what it is for is there, and nobody says why; `erased`: the vendor says that it has removed it. */
  readonly content: 'full' | 'empty' | 'erased';
  /** Bytes that its text has more than it needs. */
  readonly fill: number;
}

/** The most elements of a page. */
const PAGE_OF_SENTENCES = 100;

/** The smallest detail of the stream that has all that the engine reads. */
export function detailText(stream: DetailStreamName, shown: ShownDetail): string {
  const { id, moment, open, incomplete, content } = shown;
  const fill = shown.fill > 0 ? { fill: 'x'.repeat(shown.fill) } : {};
  switch (stream) {
    case 'voiceable.transcripts':
    case 'elevenlabs.transcripts':
      return JSON.stringify({
        conversation_id: id,
        status: open ? 'processing' : 'done',
        transcript: content === 'full' ? [{ message: `m${moment}` }] : [],
        metadata: { deletion_settings: { deleted_transcript_at_time_unix_secs: content === 'erased' ? moment : null } },
        analysis: incomplete ? null : { of: moment },
        value: moment,
        ...fill,
      });
    case 'salesloft.conversation_details':
      return JSON.stringify({ id, summary: `m${moment}`, value: moment, ...fill });
    case 'salesloft.transcript_sentences':
      return JSON.stringify(content === 'full' ? sentencesOf(shown, fill) : []);
  }
}

/** Now a few, now more than a page has, and now fewer than before. */
function sentencesOf({ id, moment }: ShownDetail, fill: object): readonly object[] {
  const count = moment % 4 === 0 ? PAGE_OF_SENTENCES + (moment % 3) * 60 : 1 + (moment % 3);
  return Array.from({ length: count }, (_, at) => ({ id, text: `m${moment}`, ...(at === 0 && fill) }));
}
