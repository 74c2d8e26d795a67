import type { DetailStreamName, ListStreamName, SourceName, StreamName } from '../../../contract/streams.ts';
import { elevenlabsTranscript, voiceableTranscript } from '../details/call-transcripts.ts';
import type { DetailKind } from '../details/detail-kind.ts';
import { type Details, makeDetails } from '../details/details.ts';
import { salesloftExtensive, salesloftSentences } from '../details/salesloft-details.ts';
import { elevenlabsRows, voiceableRows } from '../rows/agents.ts';
import { botRows, vocRows } from '../rows/crescendo.ts';
import type { RowKind } from '../rows/row-kind.ts';
import { salesloftRows, transcriptionRows } from '../rows/salesloft.ts';
import type { AllKnobs } from '../world/knobs.ts';
import { makeWorld, type World, type WorldSettings } from '../world/world.ts';
import type { VendorApi } from './api.ts';
import { crescendoApi } from './crescendo.ts';
import { elevenlabsApi } from './elevenlabs.ts';
import { salesloftApi } from './salesloft.ts';
import { voiceableApi } from './voiceable.ts';

/** What the vendors are made from. */
export interface VendorSettings extends Pick<WorldSettings, 'seed' | 'rows' | 'days' | 'sinceMs' | 'now' | 'remember'> {
  /** The credential that every vendor takes. */
  readonly apiKey: string;
  /** The tenant that Crescendo's paths must name. */
  readonly tenant: string;
  readonly knobsOf: <S extends SourceName>(source: S) => () => AllKnobs[S];
}

/** The four vendors without their servers. */
export interface Vendors {
  /** A stream of details has the world of its parent. */
  readonly worlds: Readonly<Record<StreamName, World>>;
  readonly details: Readonly<Record<DetailStreamName, Details>>;
  readonly apis: Readonly<Record<SourceName, VendorApi>>;
}

/** Makes the vendors: responses to requests, however these arrive. */
export function makeVendors({ apiKey, tenant, knobsOf, ...settings }: VendorSettings): Vendors {
  const { seed } = settings;
  const worldOf = (source: SourceName, kind: RowKind) => makeWorld({ ...settings, kind, knobs: knobsOf(source) });
  const lists: Readonly<Record<ListStreamName, World>> = {
    'crescendo.vocconv': worldOf('crescendo', vocRows(seed, tenant, knobsOf('crescendo'))),
    'crescendo.botconv': worldOf('crescendo', botRows(seed + 1, tenant, knobsOf('crescendo'))),
    'salesloft.conversations': worldOf('salesloft', salesloftRows(seed, knobsOf('salesloft'))),
    'salesloft.transcriptions': worldOf('salesloft', transcriptionRows(seed, knobsOf('salesloft'))),
    'voiceable.conversations': worldOf('voiceable', voiceableRows(seed, knobsOf('voiceable'))),
    'elevenlabs.conversations': worldOf('elevenlabs', elevenlabsRows(seed, knobsOf('elevenlabs'))),
  };
  const worlds: Readonly<Record<StreamName, World>> = {
    ...lists,
    'salesloft.transcript_sentences': lists['salesloft.transcriptions'],
    'salesloft.conversation_details': lists['salesloft.conversations'],
    'voiceable.transcripts': lists['voiceable.conversations'],
    'elevenlabs.transcripts': lists['elevenlabs.conversations'],
  };
  const detailsOf = (source: SourceName, kind: DetailKind) =>
    makeDetails({ ...settings, kind, world: worlds[kind.stream], knobs: knobsOf(source) });
  const details: Readonly<Record<DetailStreamName, Details>> = {
    'salesloft.transcript_sentences': detailsOf('salesloft', salesloftSentences),
    'salesloft.conversation_details': detailsOf('salesloft', salesloftExtensive),
    'voiceable.transcripts': detailsOf('voiceable', voiceableTranscript),
    'elevenlabs.transcripts': detailsOf('elevenlabs', elevenlabsTranscript),
  };
  const apis: Readonly<Record<SourceName, VendorApi>> = {
    crescendo: crescendoApi({
      worlds: { vocconv: worlds['crescendo.vocconv'], botconv: worlds['crescendo.botconv'] },
      tenant,
      apiKey,
      knobs: knobsOf('crescendo'),
    }),
    salesloft: salesloftApi({
      worlds: { conversations: worlds['salesloft.conversations'], transcriptions: worlds['salesloft.transcriptions'] },
      details: {
        extensive: details['salesloft.conversation_details'],
        sentences: details['salesloft.transcript_sentences'],
      },
      apiKey,
      knobs: knobsOf('salesloft'),
    }),
    voiceable: voiceableApi({
      world: worlds['voiceable.conversations'],
      details: details['voiceable.transcripts'],
      apiKey,
      knobs: knobsOf('voiceable'),
    }),
    elevenlabs: elevenlabsApi({
      world: worlds['elevenlabs.conversations'],
      details: details['elevenlabs.transcripts'],
      apiKey,
      knobs: knobsOf('elevenlabs'),
    }),
  };
  return { worlds, details, apis };
}
