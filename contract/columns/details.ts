import type { DetailStreamName } from '../streams.ts';
import { type Column, instant, length, number, text, trueOrFalse } from './column.ts';

const time = instant('time', "Time of the list's row, UTC; see row_time");
const version = instant('version', "Version of the list's row for which the detail was fetched, UTC");

/** Columns that every stream of details has: why a line has no detail, or one that the vendor no longer has. */
const markers: readonly Column[] = [
  text('listed', 'State of the list row for which the detail was fetched: number of a list of fields, and a hash'),
  number('gone', 'Status with which the vendor said that it has no such detail (any more), such as 404; else null'),
  text('failed', 'Status or error of the last request for a detail that never came; else null'),
];

/** Columns of what lies in the detail: their names are those of the detail's own fields, and of the list's where both have them. */
function inDetail(columns: readonly Column[]): readonly Column[] {
  return columns.map((column) => ({ ...column, path: ['detail', ...column.path] }));
}

/** What a transcript's analysis tells; null until the vendor has made it. */
const analysis: readonly Column[] = [
  text(['analysis', 'call_successful'], 'success, failure or unknown', 'call_successful'),
  text(['analysis', 'transcript_summary'], 'Null until the call was analysed', 'transcript_summary'),
  text(['analysis', 'call_summary_title'], 'Null until the call was analysed', 'call_summary_title'),
  number(['analysis', 'call_success_score'], 'How well the call went', 'call_success_score'),
  text(
    ['analysis', 'evaluation_criteria_results'],
    'JSON object, one member per criterion',
    'evaluation_criteria_results',
  ),
  text(['analysis', 'data_collection_results'], 'JSON object, one member per id', 'data_collection_results'),
];

/** What a transcript's metadata tells of the call. */
const callMetadata: readonly Column[] = [
  instant(['metadata', 'start_time_unix_secs'], 'Start, UTC', 'started'),
  number(['metadata', 'call_duration_secs'], 'Seconds', 'call_duration_secs'),
  number(['metadata', 'cost'], 'Credits', 'cost'),
  number(['metadata', 'cost_fiat'], 'US dollars; null for calls from before it was tracked', 'cost_fiat'),
  text(['metadata', 'main_language'], 'Language mostly spoken, such as en', 'main_language'),
  text(['metadata', 'termination_reason'], 'Why the call ended', 'termination_reason'),
  text(['metadata', 'conversation_initiation_source'], 'Where the call came from', 'conversation_initiation_source'),
  text(['metadata', 'error'], 'JSON object with code and reason, where the call failed', 'error'),
  text(['metadata', 'phone_call', 'direction'], 'inbound or outbound', 'direction'),
  text(['metadata', 'phone_call', 'external_number'], 'Number of the caller', 'external_number'),
  number(['metadata', 'feedback', 'rating'], 'What the caller rated; may come later', 'rating'),
  instant(
    ['metadata', 'deletion_settings', 'deleted_transcript_at_time_unix_secs'],
    'When the vendor deleted the transcript, UTC; null while it is there',
    'transcript_deleted_at',
  ),
];

const transcript: readonly Column[] = [
  length('transcript', 'Turns of the transcript', 'message_count'),
  text('transcript', 'JSON array of turns; the view of turns has a row for each'),
];

/** Transcripts of ElevenLabs, as its client library of November 2026 has them. */
export const elevenlabsTranscripts: readonly Column[] = [
  text('conversation_id', 'Id of the conversation; joins to elevenlabs_conversations'),
  ...inDetail([
    text('agent_id', 'Id of the agent'),
    text('agent_name', 'Name of the agent'),
    text('status', 'initiated, in-progress, processing, done or failed'),
    ...callMetadata,
    ...analysis,
    ...transcript,
    number('user_message_count', 'Turns of the caller'),
    number('agent_message_count', 'Turns of the agent'),
    text('user_id', 'Id of the caller'),
    text('branch_id', 'Branch of the agent'),
    text('version_id', 'Version of the agent'),
    text('tag_ids', 'JSON array of ids'),
    trueOrFalse('has_audio', 'Whether a recording exists'),
  ]),
  time,
  ...markers,
];

/** Transcripts of Voiceable, which may be of its own shape or hand through that of ElevenLabs: columns of both. */
export const voiceableTranscripts: readonly Column[] = [
  text('conversation_id', 'Id of the conversation; joins to the row_key of voiceable_conversations'),
  ...inDetail([
    text('agent_id', 'Id of the agent'),
    text('agent_name', 'Name of the agent'),
    text('status', "Voiceable's or ElevenLabs' word, such as completed or done"),
    instant('created_at', 'Start, UTC; see row_time'),
    ...callMetadata,
    number(['metadata', 'duration'], 'Seconds, as the documentation has it', 'duration'),
    text(['metadata', 'summary'], 'Null until the call was analysed', 'summary'),
    ...analysis,
    ...transcript,
    text('outcome', 'JSON text where it is an object; people may change it later'),
    number(['cost', 'amount_cents'], 'Cents', 'cost_cents'),
  ]),
  time,
  ...markers,
];

/** Sentences of a transcription of Salesloft: `detail` is the array of all of them. */
export const salesloftTranscriptSentences: readonly Column[] = [
  text('id', 'Id of the transcription; joins to salesloft_transcriptions'),
  length('detail', 'Sentences of the transcription', 'sentence_count'),
  text('detail', 'JSON array of sentences; salesloft_sentences has a row for each', 'sentences'),
  time,
  version,
  ...markers,
];

/** What Salesloft tells of one conversation beyond its row in the list. */
export const salesloftConversationDetails: readonly Column[] = [
  text('id', 'Id of the conversation; joins to salesloft_conversations'),
  ...inDetail([
    text('title', 'Title of the meeting or call'),
    number('duration', 'Milliseconds'),
    text('language_code', 'BCP 47, such as en-US'),
    instant('event_start_date', 'Start of the meeting or call, UTC', 'started'),
    text('owner_id', 'Id of the owner'),
    text('owner_email', 'E-mail address of the owner'),
    text(['summary', 'text'], 'Summary; null until it was made', 'summary'),
    text(['summary', 'status'], 'How far the summary has got', 'summary_status'),
    text(['key_moments', 'status'], 'How far the key moments have got', 'key_moments_status'),
    text(['key_moments', 'items'], 'JSON array', 'key_moments'),
    text(['action_items', 'status'], 'How far the action items have got', 'action_items_status'),
    text(['action_items', 'items'], 'JSON array; people may change them later', 'action_items'),
    text('attendees', 'JSON array of those who took part'),
    text('invitees', 'JSON array of those who were invited'),
    text('opportunity', 'JSON object'),
    text('meddpicc', 'JSON object'),
  ]),
  time,
  version,
  ...markers,
];

/**
 * What the vendors document at the top level of a detail beyond its columns and the fields of the list's row: it is in the lake, and no
 * news. Of sentences, whose detail is an array, nothing is known by name.
 */
export const DETAIL_FIELDS: Readonly<Record<DetailStreamName, readonly string[]>> = {
  'elevenlabs.transcripts': [
    'conversation_id',
    'analysis',
    'conversation_initiation_client_data',
    'has_user_audio',
    'has_response_audio',
    'has_auxiliary_audio',
    'visited_agents',
    'environment',
    'conversation_product',
  ],
  'voiceable.transcripts': [
    'id',
    'conversation_id',
    'duration',
    'messages',
    'date',
    'summary',
    'call_successful',
    'direction',
  ],
  'salesloft.conversation_details': [],
  'salesloft.transcript_sentences': [],
};
