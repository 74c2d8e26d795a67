import type { StreamName } from '../../contract/streams.ts';

/** The lists of conversations: what the promise on an account's limits is made for. */
export const FIVE_STREAMS: readonly StreamName[] = [
  'crescendo.vocconv',
  'crescendo.botconv',
  'salesloft.conversations',
  'voiceable.conversations',
  'elevenlabs.conversations',
];
