import { streamDefinition } from '../../../contract/streams.ts';
import { drawFor } from '../details/detail-kind.ts';
import { detailKnobs } from '../world/knobs.ts';
import { isoSeconds } from './instants.ts';
import { draw, hex8, keyOfOrdinal, ordinalOfKey, uuid } from './random.ts';
import { happens, type Moment, oddFields, type RenderKnobs, type RowKind, showsKey, timeHidden } from './row-kind.ts';
import { oneOf, person, sentences } from './words.ts';

const AGENT_NAMES = ['Reception', 'Booking desk', 'Claims intake', 'Sales qualifier', 'After-hours support', 'Surveys'];
const LANGUAGES = ['en', 'de', 'es', 'fr', 'pt', 'hi'];
const REASONS = ['Client disconnected', 'end_call tool was called', 'Silence time-out', 'Transferred to a person'];

interface Call {
  readonly status: 'initiated' | 'in-progress' | 'processing' | 'done' | 'failed';
  readonly seconds: number;
  readonly success: 'success' | 'failure' | 'unknown';
}

/** Where a call is in its life: initiated, in progress, processing, and some minutes after its end done or failed. */
function callOf(knobs: RenderKnobs, seed: number, ordinal: number, ageMs: number, nowMs: number): Call {
  const { longCalls } = detailKnobs(knobs.details ?? {});
  const isLong = nowMs - ageMs < longCalls.beforeMs && happens(longCalls.share, seed, ordinal, 19);
  const seconds = isLong ? longCalls.forMs / 1000 : 5 + (draw(seed, ordinal, 20) % 900);
  const processingMs = 20_000 + (draw(seed, ordinal, 21) % 280_000);
  if (ageMs < 2000) return { status: 'initiated', seconds: 0, success: 'unknown' };
  if (ageMs < seconds * 1000) return { status: 'in-progress', seconds: Math.floor(ageMs / 1000), success: 'unknown' };
  const stuck = happens(knobs.stuckOpen, seed, ordinal, 22);
  if (stuck || ageMs < seconds * 1000 + processingMs) return { status: 'processing', seconds, success: 'unknown' };
  const failed = draw(seed, ordinal, 23) % 20 === 0;
  return { status: failed ? 'failed' : 'done', seconds, success: failed ? 'failure' : 'success' };
}

/** A chat of days has no more turns than a call of so many seconds. */
const LONGEST_TALK = 1800;
const turnCount = (seconds: number) => Math.floor(Math.min(seconds, LONGEST_TALK) / 9);

/** Whether the counts of a call are gone with its transcript: they are only where the vendor tells that it deleted it. */
function emptiedFor(knobs: RenderKnobs, seed: number, key: string, sinceEndMs: number): boolean {
  const { emptied } = detailKnobs(knobs.details ?? {});
  return emptied.told && sinceEndMs >= emptied.afterMs && drawFor(seed, key).happens(emptied.share, 95);
}

/** ElevenLabs keys look like `conv_` and 32 hexadecimal digits. */
const conversationKey = (seed: number, ordinal: number) => `conv_${keyOfOrdinal(seed, ordinal).replaceAll('-', '')}`;

function conversationOrdinal(seed: number, key: string): number | undefined {
  const parts = /^conv_(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(key);
  return parts ? ordinalOfKey(seed, parts.slice(1).join('-')) : undefined;
}

const keyToken = (knobs: RenderKnobs, seed: number, ordinal: number) =>
  showsKey(knobs, seed, ordinal) ? `"${conversationKey(seed, ordinal)}"` : 'null';

/** As the vendor's client library has it since 2.78. */
function sentiment(bits: number): string {
  const score = ((bits % 201) - 100) / 100;
  const label = score > 0.2 ? 'positive' : score < -0.2 ? 'negative' : 'neutral';
  return (
    `{"overall_label":"${label}","overall_sentiment_score":${score},"overall_frustration_score":${(1 - score) / 2}` +
    `,"min_user_sentiment_score":${score - 0.1},"max_user_frustration_score":${(1 - score) / 2},"num_scored_user_turns":${bits % 9}}`
  );
}

/** List rows of ElevenLabs: what its specification requires, and the nullable extras that most rows carry. */
export function elevenlabsRows(seed: number, knobs: () => RenderKnobs): RowKind {
  function text(ordinal: number, { atUs, nowMs }: Moment): string {
    const now = knobs();
    const from = { seed, ordinal };
    const startSeconds = Math.floor(atUs / 1_000_000);
    const ageMs = nowMs - startSeconds * 1000;
    const call = callOf(now, seed, ordinal, ageMs, nowMs);
    const final = call.status === 'done' || call.status === 'failed';
    const bits = draw(seed, ordinal, 24);
    const isEmptied = final && emptiedFor(now, seed, conversationKey(seed, ordinal), ageMs - call.seconds * 1000);
    return (
      `{"agent_id":"agent_${hex8(draw(seed, bits % 6, 50))}","agent_name":"${oneOf(from, 51, AGENT_NAMES)}"` +
      `,"conversation_id":${keyToken(now, seed, ordinal)}` +
      `,"start_time_unix_secs":${timeHidden(now, seed, ordinal, ageMs) ? 'null' : startSeconds}` +
      `,"call_duration_secs":${call.seconds},"message_count":${turnCount(call.seconds)},"status":"${call.status}"` +
      `,"call_successful":"${call.success}","branch_id":"agtbrch_${hex8(draw(seed, bits % 3, 52))}"` +
      `,"version_id":"agtvrsn_${hex8(draw(seed, bits % 40, 53))}"` +
      `,"termination_reason":${final ? `"${oneOf(from, 54, REASONS)}"` : 'null'}` +
      `,"call_success_score":${final ? (bits % 1001) / 1000 : 'null'}` +
      `,"transcript_summary":${final ? `"${sentences(from, 400, 3)}"` : 'null'}` +
      `,"call_summary_title":${final ? `"${sentences(from, 450, 1)}"` : 'null'},"main_language":"${oneOf(from, 56, LANGUAGES)}"` +
      `,"conversation_initiation_source":"${bits & 8 ? 'twilio' : 'widget'}","tool_names":[${bits & 16 ? '"lookup_order","end_call"' : ''}]` +
      `,"direction":"${bits & 32 ? 'inbound' : 'outbound'}","rating":${final && bits % 4 === 0 ? 1 + (bits % 5) : 'null'}` +
      `,"user_message_count":${isEmptied ? 'null' : Math.floor(Math.min(call.seconds, LONGEST_TALK) / 18)},"agent_message_count":${isEmptied ? 'null' : Math.ceil(Math.min(call.seconds, LONGEST_TALK) / 18)}` +
      `,"cost":${call.seconds * 7},"cost_fiat":${bits & 64 ? (call.seconds * 7) / 10_000 : 'null'}` +
      `,"sentiment_analysis":${final ? sentiment(bits) : 'null'},"tag_ids":[]${oddFields(now, seed, ordinal)}}`
    );
  }
  return {
    definition: streamDefinition('elevenlabs.conversations'),
    grainUs: 1_000_000,
    key: (ordinal) => conversationKey(seed, ordinal),
    showsKey: (ordinal) => showsKey(knobs(), seed, ordinal),
    ordinalOf: (key) => conversationOrdinal(seed, key),
    text,
  };
}

/**
 * Voiceable's rows. Its documentation and its own front end disagree on almost every field, so there are both:
 * `docs` has conversation_id, created_at and a transcript; `app` has id, display texts and metadata.start_time_unix_secs.
 */
export function voiceableRows(seed: number, knobs: () => RenderKnobs): RowKind {
  function text(ordinal: number, { atUs, nowMs }: Moment): string {
    const now = knobs();
    const from = { seed, ordinal };
    const startSeconds = Math.floor(atUs / 1_000_000);
    const ageMs = nowMs - startSeconds * 1000;
    const call = callOf(now, seed, ordinal, ageMs, nowMs);
    const status = call.status === 'done' ? 'completed' : call.status;
    const bits = draw(seed, ordinal, 24);
    const timed = !timeHidden(now, seed, ordinal, ageMs);
    const agent = `"agent_id":"${uuid(seed, bits % 6, 50)}","agent_name":"${oneOf(from, 51, AGENT_NAMES)}","status":"${status}"`;
    const user = `"user_id":"${uuid(seed, ordinal, 55)}","caller":"${person(from, 57).name}"`;
    const summary = status === 'completed' ? `"${sentences(from, 400, 2)}"` : 'null';
    const talk = now.rowShape === 'app' ? '"message"' : '"content"';
    const clock = now.rowShape === 'app' ? '"time_in_call_secs"' : '"timestamp"';
    const turns = (detailKnobs(now.details ?? {}).turnsInList === 'none' ? [] : [1, 2, 3]).map(
      (n) =>
        `{"role":"${n & 1 ? 'assistant' : 'user'}",${talk}:"${sentences(from, 500 + n * 8, 1)}",${clock}:${now.rowShape === 'app' ? n * 7 : `"${isoSeconds((startSeconds + n * 7) * 1000)}Z"`}}`,
    );
    const odd = oddFields(now, seed, ordinal);
    if (now.rowShape === 'app') {
      return (
        `{"id":${keyToken(now, seed, ordinal)},${agent},"call_successful":"${call.success}","duration":"${clockText(call.seconds)}"` +
        `,"messages":${Math.floor(call.seconds / 9)},"date":"${isoSeconds(startSeconds * 1000).slice(0, 10)}","summary":${summary}` +
        `,${user},"direction":"inbound","has_audio":${(bits & 4) > 0},"transcript":[${turns.join(',')}]` +
        `,"metadata":{"start_time_unix_secs":${timed ? startSeconds : 'null'},"call_duration_secs":${call.seconds},"credits":${bits % 900}}` +
        `,"outcome":null,"cost":{"amount_cents":${bits % 400},"amount_dollars":${(bits % 400) / 100},"formatted":"$${((bits % 400) / 100).toFixed(2)}"}${odd}}`
      );
    }
    return (
      `{"conversation_id":${keyToken(now, seed, ordinal)},${agent},${user},"transcript":[${turns.join(',')}]` +
      `,"metadata":{"duration":${call.seconds},"call_quality":"${bits & 2 ? 'good' : 'fair'}","summary":${summary}}` +
      `,"created_at":${timed ? `"${isoSeconds(startSeconds * 1000)}Z"` : 'null'}${odd}}`
    );
  }
  return { ...elevenlabsRows(seed, knobs), definition: streamDefinition('voiceable.conversations'), text };
}

function clockText(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
