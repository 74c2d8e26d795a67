import type { SourceName } from '../../contract/streams.ts';
import type { Source } from '../engine/source.ts';
import { crescendo } from './crescendo/crescendo.ts';
import { elevenlabs } from './elevenlabs/elevenlabs.ts';
import { salesloft } from './salesloft/salesloft.ts';
import { voiceable } from './voiceable/voiceable.ts';

/** Every vendor that convlake reads, by the name that the stream catalogue gives it. */
export const sources: Readonly<Record<SourceName, Source>> = { crescendo, salesloft, voiceable, elevenlabs };
