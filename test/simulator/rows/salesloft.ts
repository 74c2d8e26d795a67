import { streamDefinition } from '../../../contract/streams.ts';
import { isoMs, isoUs } from './instants.ts';
import { draw, hex8, keyOfOrdinal, ordinalOfKey, uuid } from './random.ts';
import { type Moment, oddFields, type RenderKnobs, type RowKind, showsKey, timeHidden } from './row-kind.ts';
import { oneOf, sentences } from './words.ts';

const PLATFORMS = ['zoom', 'ms_teams', 'google_meet', 'salesloft', 'webex', 'manual_upload', 'external_audio'];
const LANGUAGES = ['en-US', 'en-GB', 'de-DE', 'es-ES', 'fr-FR', 'pt-BR'];

const DIGITS = { seconds: 0, milliseconds: 3, microseconds: 6 } as const;
const MIXED = [6, 3, 0, 2] as const;

/** A time as the API renders it now. */
export function renderTime(knobs: RenderKnobs, us: number): string {
  const { precision = 'milliseconds', rounding = 'cut', offsetMinutes = 0 } = knobs;
  const digits = precision === 'mixed' ? (MIXED[Math.floor(us / 7) % MIXED.length] ?? 6) : DIGITS[precision];
  const unit = 10 ** (6 - digits);
  const shown = (rounding === 'cut' ? Math.floor(us / unit) : Math.round(us / unit)) * unit;
  if (digits === 3 && offsetMinutes === 0) return isoMs(shown / 1000);
  return isoUs(shown, offsetMinutes).replace(/\.(\d{6})/, (_, fraction: string) =>
    digits === 0 ? '' : `.${fraction.slice(0, digits)}`,
  );
}

/** The id of the transcription of a conversation. */
const transcriptionKey = (seed: number, ordinal: number) => keyOfOrdinal(seed + 1000, ordinal);

const link = (resource: string, id: string) =>
  `{"id":"${id}","_href":"https://api.salesloft.com/v2/${resource}/${id}"}`;

/** Conversations. The references to sub-resources come some time after the row, and its `updated_at` with them. */
export function salesloftRows(seed: number, knobs: () => RenderKnobs): RowKind {
  const key = (ordinal: number) => keyOfOrdinal(seed, ordinal);
  function text(ordinal: number, { atUs, versionUs, nowMs }: Moment): string {
    const now = knobs();
    const from = { seed, ordinal };
    const bits = draw(seed, ordinal, 24);
    const durationMs = 30_000 + (bits % 3_600_000);
    const eventMs = Math.floor(atUs / 1000) - durationMs - (bits % 600_000);
    const transcribed = versionUs > atUs;
    const transcription = transcriptionKey(seed, ordinal);
    const timed = !timeHidden(now, seed, ordinal, nowMs - atUs / 1000);
    const late = (reference: string) => (transcribed ? reference : 'null');
    const call = bits % 3 === 0 ? `,"call_id":"${bits}"` : '';
    return (
      `{"id":${showsKey(now, seed, ordinal) ? `"${key(ordinal)}"` : 'null'}` +
      `,"title":"${sentences(from, 300, 1)}","duration":${durationMs},"is_api":${(bits & 64) === 0}` +
      `,"platform":"${oneOf(from, 41, PLATFORMS)}","media_type":"${bits & 32 ? 'video' : 'audio'}"` +
      `,"organization_id":"${uuid(seed, 1, 42)}","owner_id":"${uuid(seed, bits % 200, 43)}"` +
      `,"user_guid":"${uuid(seed, bits % 200, 44)}","started_recording_at":${bits & 8 ? 0 : `"${isoMs(eventMs)}"`}` +
      `,"event_start_date":"${isoMs(eventMs)}","event_end_date":"${isoMs(eventMs + durationMs)}"` +
      `,"language_code":"${oneOf(from, 45, LANGUAGES)}"` +
      `,"created_at":${timed ? `"${renderTime(now, atUs)}"` : 'null'},"updated_at":"${renderTime(now, versionUs)}"${call}` +
      `,"account":${link('accounts', String(bits % 90_000))},"person":${link('people', String(bits % 700_000))}` +
      `,"recording":${late(link('conversations', `${key(ordinal)}/recording`))}` +
      `,"transcription":${late(link('transcriptions', transcription))}` +
      `,"transcription_sentences":${late(`{"_href":"https://api.salesloft.com/v2/transcriptions/${transcription}/sentences"}`)}` +
      `,"transcription_artifact":${late(`{"_href":"https://api.salesloft.com/v2/transcriptions/${transcription}/artifact"}`)}` +
      `,"crm_reference":"006${hex8(bits)}${hex8(draw(seed, ordinal, 46)).slice(0, 7)}"${oddFields(now, seed, ordinal)}}`
    );
  }
  return {
    definition: streamDefinition('salesloft.conversations'),
    grainUs: 1,
    key,
    showsKey: (ordinal) => showsKey(knobs(), seed, ordinal),
    ordinalOf: (id) => ordinalOfKey(seed, id),
    text,
  };
}

/** Transcriptions, each of the conversation with the same ordinal. */
export function transcriptionRows(seed: number, knobs: () => RenderKnobs): RowKind {
  const key = (ordinal: number) => transcriptionKey(seed, ordinal);

  function text(ordinal: number, { atUs, versionUs, nowMs }: Moment): string {
    const now = knobs();
    const id = key(ordinal);
    const timed = !timeHidden(now, seed, ordinal, nowMs - atUs / 1000);
    const part = (name: string) => `{"id":"${id}","_href":"https://api.salesloft.com/v2/transcriptions/${id}/${name}"}`;
    return (
      `{"id":${showsKey(now, seed, ordinal) ? `"${id}"` : 'null'}` +
      `,"language_code":"${oneOf({ seed, ordinal }, 45, LANGUAGES)}"` +
      `,"created_at":${timed ? `"${renderTime(now, atUs)}"` : 'null'},"updated_at":"${renderTime(now, versionUs)}"` +
      `,"conversation":${link('conversations', keyOfOrdinal(seed, ordinal))}` +
      `,"transcription_sentences":${part('sentences')},"transcription_artifact":${part('artifact')}` +
      `${oddFields(now, seed, ordinal)}}`
    );
  }
  return {
    definition: streamDefinition('salesloft.transcriptions'),
    grainUs: 1,
    key,
    showsKey: (ordinal) => showsKey(knobs(), seed, ordinal),
    ordinalOf: (id) => ordinalOfKey(seed + 1000, id),
    text,
  };
}
