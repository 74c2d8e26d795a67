import { isoSeconds } from '../rows/instants.ts';
import { hex8 } from '../rows/random.ts';
import { oddFields } from '../rows/row-kind.ts';
import { sentences } from '../rows/words.ts';
import { type DetailKind, numberIn, numberOf, type Subject } from './detail-kind.ts';

const OPEN: readonly unknown[] = ['initiated', 'in-progress', 'processing'];
const TURN_SECONDS = 9;

/** What the list says of a call, or what a call is that a test put there with less. */
interface Call {
  readonly status: string;
  readonly open: boolean;
  readonly seconds: number;
  readonly turns: number;
  readonly endedMs: number;
  /** When its transcript was deleted, epoch ms; undefined while it is there. */
  readonly emptiedMs: number | undefined;
}

function callOf(of: Subject): Call {
  const status = typeof of.row['status'] === 'string' ? of.row['status'] : 'done';
  const seconds = numberIn(of, 'call_duration_secs') ?? durationInMetadata(of) ?? 45;
  const turns = numberIn(of, 'message_count') ?? numberIn(of, 'messages') ?? Math.ceil(seconds / TURN_SECONDS);
  const endedMs = of.atMs + seconds * 1000;
  const { emptied } = of.details;
  const atMs = endedMs + emptied.afterMs;
  const isEmptied = of.happens(emptied.share, 95) && of.nowMs >= atMs;
  const open = OPEN.includes(status);
  return { status, open, seconds, turns: Math.max(1, turns), endedMs, emptiedMs: isEmptied ? atMs : undefined };
}

function durationInMetadata({ row: { metadata } }: Subject): number | undefined {
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const { duration, call_duration_secs: seconds } = metadata as Readonly<Record<string, unknown>>;
  return [duration, seconds].find((value) => typeof value === 'number');
}

const token = (of: Subject, name: string) => JSON.stringify(of.row[name] ?? null);
const wordsOf = (of: Subject) => ({ seed: of.draw(96), ordinal: 1 });

/**
 * Conversations of ElevenLabs as its detail endpoint has them: start, duration and cost lie under `metadata`, success and summary
 * under `analysis`, which is null until it was made.
 */
export const elevenlabsTranscript: DetailKind = {
  stream: 'elevenlabs.transcripts',
  depth: 0,
  unknownStatus: 404,
  make(of) {
    const call = callOf(of);
    const isAnalysed = !call.open && of.nowMs >= call.endedMs + analysisLateMs(of);
    const [users, agents] = [numberIn(of, 'user_message_count'), numberIn(of, 'agent_message_count')];
    return (
      `{"agent_id":${token(of, 'agent_id')},"agent_name":${token(of, 'agent_name')},"status":"${call.status}","user_id":null` +
      `,"branch_id":${token(of, 'branch_id')},"version_id":${token(of, 'version_id')}` +
      `,"transcript":[${call.emptiedMs === undefined ? elevenlabsTurns(of, call).join(',') : ''}]` +
      `,"metadata":${metadata(of, call)},"analysis":${isAnalysed ? analysis(of) : 'null'}` +
      `,"conversation_initiation_client_data":{"dynamic_variables":{}},"conversation_id":${JSON.stringify(of.key)}` +
      `,"has_audio":${!call.open},"has_user_audio":${!call.open},"has_response_audio":${!call.open},"has_auxiliary_audio":false` +
      `,"visited_agents":[],"tag_ids":${JSON.stringify(of.row['tag_ids'] ?? [])},"conversation_product":"agents"` +
      `,"user_message_count":${users ?? 'null'},"agent_message_count":${agents ?? 'null'}` +
      `${oddFields(of.knobs, of.draw(97), 1)}}`
    );
  },
};

/** How long after a call its analysis comes. */
function analysisLateMs(of: Subject): number {
  const { share, byMs } = of.details.analysisLate;
  return of.happens(share, 98) ? byMs : 0;
}

function metadata(of: Subject, call: Call): string {
  const { emptiedMs } = call;
  const deletedAt = emptiedMs !== undefined && of.details.emptied.told ? Math.floor(emptiedMs / 1000) : 'null';
  const start = Math.floor(of.atMs / 1000);
  return (
    `{"start_time_unix_secs":${start},"accepted_time_unix_secs":${start + 1},"call_duration_secs":${call.seconds}` +
    `,"cost":${token(of, 'cost')},"cost_fiat":${token(of, 'cost_fiat')}` +
    `,"deletion_settings":{"deletion_time_unix_secs":${start + 63_072_000},"deleted_logs_at_time_unix_secs":null` +
    `,"deleted_audio_at_time_unix_secs":null,"deleted_transcript_at_time_unix_secs":${deletedAt}` +
    `,"delete_transcript_and_pii":true,"delete_audio":true}` +
    `,"feedback":{"type":null,"rating":${token(of, 'rating')},"comment":null,"likes":0,"dislikes":0}` +
    `,"charging":{"dev_discount":false},"phone_call":null,"batch_call":null` +
    `,"termination_reason":${token(of, 'termination_reason')},"error":${call.status === 'failed' ? '{"code":1008,"reason":"Silence"}' : 'null'}` +
    `,"warnings":[],"main_language":${token(of, 'main_language')},"text_only":false,"features_usage":{}` +
    `,"conversation_initiation_source":${token(of, 'conversation_initiation_source')},"timezone":null,"async_metadata":null}`
  );
}

function analysis(of: Subject): string {
  return (
    `{"evaluation_criteria_results":{"resolved":{"criteria_id":"resolved","result":"success","rationale":"${sentences(wordsOf(of), 700, 1)}"}}` +
    `,"data_collection_results":{},"call_successful":${token(of, 'call_successful')},"call_success_score":${token(of, 'call_success_score')}` +
    `,"transcript_summary":"${sentences(wordsOf(of), 400, 2)}","call_summary_title":"${sentences(wordsOf(of), 450, 1)}"}`
  );
}

function elevenlabsTurns(of: Subject, call: Call): string[] {
  return Array.from({ length: call.turns }, (_, index) => {
    const isUser = index % 2 === 1;
    const tool = index === 2 ? toolCall(of) : '"tool_calls":[],"tool_results":[]';
    const link = index === 1 && of.details.signedLinks ? signedLink(of) : '';
    return (
      `{"role":"${isUser ? 'user' : 'agent'}","message":"${sentences(wordsOf(of), 2000 + index * 4, 1)}","multivoice_message":null` +
      `,${tool},"feedback":null,"time_in_call_secs":${index * TURN_SECONDS},"interrupted":${of.draw(100 + index) % 9 === 0}` +
      `,"source_medium":${isUser ? '"audio"' : 'null'}${link}}`
    );
  });
}

/** Of a webhook: what the customer's system was sent, secrets too, and what it returned. */
function toolCall(of: Subject): string {
  const filler = of.happens(of.details.large.share, 99) ? 'x'.repeat(of.details.large.bytes) : 'found';
  return (
    `"tool_calls":[{"type":"webhook","tool_name":"lookup_order","request_id":"${hex8(of.draw(80))}","tool_details":{"method":"GET"` +
    `,"url":"https://orders.example.com/v1","headers":{"authorization":"Bearer ${hex8(of.draw(81))}"}}}]` +
    `,"tool_results":[{"tool_name":"lookup_order","result_value":"${filler}","is_error":false}]`
  );
}

/** A link to a file is signed anew with every response. */
function signedLink({ nowMs, draw }: Subject): string {
  const signature = hex8(numberOf(`${draw(82)} ${nowMs} ${++signatures}`));
  return `,"file_inputs":[{"file_id":"f1","file_url":"https://files.example.com/f1?expires=${nowMs + 900_000}&sig=${signature}"}]`;
}

let signatures = 0;

/** Conversations of Voiceable, in the shape of its documentation or in that of its front end: what the list has, with all turns. */
export const voiceableTranscript: DetailKind = {
  stream: 'voiceable.transcripts',
  depth: 1,
  // A 404 is not among its documented errors; what its upstream does not know is an error of that.
  unknownStatus: 502,
  make(of) {
    const call = callOf(of);
    const { transcript: _, conversation_id: __, id: ___, ...others } = of.row;
    const isOfApp = 'id' in of.row && !('conversation_id' in of.row);
    const name = isOfApp ? 'id' : 'conversation_id';
    const turns = call.emptiedMs === undefined ? voiceableTurns(of, call, isOfApp) : [];
    const rest = JSON.stringify(others).slice(1, -1);
    const filler = of.happens(of.details.large.share, 99) ? `,"notes":"${'x'.repeat(of.details.large.bytes)}"` : '';
    return (
      `{"${name}":${JSON.stringify(of.key)}${rest === '' ? '' : `,${rest}`},"transcript":[${turns.join(',')}]${filler}` +
      `${oddFields(of.knobs, of.draw(97), 1)}}`
    );
  },
};

function voiceableTurns(of: Subject, call: Call, isOfApp: boolean): string[] {
  return Array.from({ length: call.turns }, (_, index) => {
    const role = index % 2 === 1 ? 'user' : 'assistant';
    const talk = sentences(wordsOf(of), 2000 + index * 4, 1);
    const seconds = index * TURN_SECONDS;
    return isOfApp
      ? `{"role":"${role}","message":"${talk}","time_in_call_secs":${seconds}}`
      : `{"role":"${role}","content":"${talk}","timestamp":"${isoSeconds(of.atMs + seconds * 1000)}Z"}`;
  });
}
