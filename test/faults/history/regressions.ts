import type { StreamName } from '../../../contract/streams.ts';

/** A history that once broke the promise. */
export interface Regression {
  readonly seed: number;
  /** What the seed drew when it broke: another catalogue draws another. */
  readonly stream: StreamName;
  /** What was wrong. */
  readonly why: string;
}

/** Histories that are lived by every test run. */
export const regressions: readonly Regression[] = [
  {
    seed: 1085,
    stream: 'crescendo.vocconv',
    why: 'kills in a row left minute windows, and an outage of months more of them than any run got through',
  },
  {
    seed: 6990,
    stream: 'elevenlabs.conversations',
    why: 'a first load that stood still for days owed no re-read of what had been fresh when it was read',
  },
  {
    seed: 770710,
    stream: 'crescendo.vocconv',
    why: 'the checker trusted a count to tell of a row that was passed over, though another had come for the one that went',
  },
  {
    seed: 770998,
    stream: 'salesloft.conversations',
    why: 'the checker took a watermark that another run had moved for the end of a re-read that was planned before',
  },
  {
    seed: 8820473,
    stream: 'crescendo.vocconv',
    why: 'the checker missed a row from before the start that got its time after the only runs that read it',
  },
  {
    seed: 91556994,
    stream: 'salesloft.conversations',
    why: 'rows that share both times were walked by number from page 1 in every run, and kept the deep re-read from its end',
  },
  {
    seed: 11000021,
    stream: 'salesloft.transcriptions',
    why: 'the checker missed that a row read in two states of one version got a newer one, and went, before the walk came back for it',
  },
  {
    seed: 24,
    stream: 'voiceable.transcripts',
    why: 'an id whose window was read again for another row kept its turn under an old state, and its line was set back to that',
  },
  {
    seed: 29,
    stream: 'elevenlabs.transcripts',
    why: 'an id that two runs asked for at once was asked for again under the older of two states, and its line was set back to that',
  },
  {
    seed: 52,
    stream: 'voiceable.transcripts',
    why: 'a run that had listed an id before another did, and asked for it later, put it down under the older state',
  },
  {
    seed: 2134,
    stream: 'salesloft.transcript_sentences',
    why: 'six ids that failed counted as 21 in a run whose pages were read again',
  },
  {
    seed: 3087,
    stream: 'salesloft.conversation_details',
    why: 'an id that failed when a backfill had no time for another try counted as a vendor that asks to wait',
  },
  {
    seed: 3124,
    stream: 'voiceable.transcripts',
    why: 'of two runs the one that had an analysis took the id off the book, though the line of the other stayed, which had none',
  },
  {
    seed: 264,
    stream: 'voiceable.transcripts',
    why: 'an open detail too large for a line was asked for no more once it had come empty',
  },
  {
    seed: 301,
    stream: 'voiceable.transcripts',
    why: 'a run that was killed once its line was in the lake left the id under the state before, and a run that woke days later asked under that',
  },
  {
    seed: 1337,
    stream: 'elevenlabs.transcripts',
    why: 'an analysis that was not there had no turn of its own after the row had changed when the turn of the one before was due',
  },
  {
    seed: 11004503,
    stream: 'salesloft.conversations',
    why: 'a row that came with two pages, and between them changed without a new version, was dropped with the second',
  },
  {
    seed: 123001397,
    stream: 'salesloft.conversations',
    why: 'a run that was ended while it waited for other runs failed with the reason, which is not an error',
  },
  {
    seed: 310000236,
    stream: 'salesloft.conversation_details',
    why: 'the checker took rows beyond the end of a history for rows that were read',
  },
  {
    seed: 310000434,
    stream: 'salesloft.transcript_sentences',
    why: 'the checker forgot that a detail of pages of two moments is kept over an empty one',
  },
  {
    seed: 310001453,
    stream: 'voiceable.conversations',
    why: 'the checker did not bear one run that is skipped for a claim by a clock that was hours ahead',
  },
  {
    seed: 320000027,
    stream: 'salesloft.conversation_details',
    why: 'a run that could not read the revisits of another took their tag all the same, and its next commit lost them',
  },
  {
    seed: 320000269,
    stream: 'elevenlabs.transcripts',
    why: 'the checker did not bear a final detail that takes the place of an open one, though it is older',
  },
  {
    seed: 320001913,
    stream: 'elevenlabs.transcripts',
    why: 'an id that one run put off while another fetched it for a newer state stayed in the book under the older one, and was set back to it',
  },
  {
    seed: 320002377,
    stream: 'salesloft.transcript_sentences',
    why: 'the checker forgot that pages of another id may end those of a detail early',
  },
  {
    seed: 320002584,
    stream: 'voiceable.conversations',
    why: 'two runs that continue one, tried again, made up the same ids, as no two do in the world',
  },
  {
    seed: 330003595,
    stream: 'salesloft.transcript_sentences',
    why: 'the checker did not bear at the end that a detail of pages of two moments is kept over an empty one',
  },
];
