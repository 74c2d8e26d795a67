import { type Column, instant, number, text } from './column.ts';

/** What ElevenLabs' list says of a call beyond its ids and start; Voiceable wraps it and may pass these through. */
export const callColumns: readonly Column[] = [
  number('call_duration_secs', 'Seconds'),
  number('message_count', 'Turns with text; those that only call a tool are not counted'),
  number('user_message_count', 'Turns of the caller; null for old calls whose transcript was deleted'),
  number('agent_message_count', 'Turns of the agent; null for old calls whose transcript was deleted'),
  text('branch_id', 'Branch of the agent'),
  text('version_id', 'Version of the agent'),
  text('termination_reason', 'Why the call ended'),
  number('call_success_score', 'How well the call went; null until it was analysed'),
  text('transcript_summary', 'Null until the call was analysed'),
  text('call_summary_title', 'Null until the call was analysed'),
  text('main_language', 'Language mostly spoken, such as en'),
  text('conversation_initiation_source', 'Where the call came from, such as widget or twilio'),
  text('tool_names', 'JSON array of the tools used'),
  number('rating', 'What the caller rated; may come later'),
  text('sentiment_analysis', 'JSON object, since June 2026; null until the call was analysed'),
  text(['sentiment_analysis', 'overall_label'], 'positive, neutral or negative'),
  number(['sentiment_analysis', 'overall_sentiment_score'], 'Sentiment of the whole call'),
  number(['sentiment_analysis', 'overall_frustration_score'], 'Frustration of the whole call'),
  number(['sentiment_analysis', 'min_user_sentiment_score'], 'The lowest of a turn of the caller'),
  number(['sentiment_analysis', 'max_user_frustration_score'], 'The highest of a turn of the caller'),
  number(['sentiment_analysis', 'num_scored_user_turns'], 'Turns of the caller that were scored'),
  text(
    'data_collection_results',
    'JSON object, one member per id that the setting dataCollectionIds names; null without it',
  ),
  text(
    'evaluation_criteria_results',
    'JSON object, one member per id that evaluationCriteriaIds names; null without it',
  ),
  text('tag_ids', 'JSON array of ids'),
];

/** Conversations, as the list of the vendor's OpenAPI document and of its newer client library has them. */
export const conversations: readonly Column[] = [
  text('conversation_id', 'Id of the conversation'),
  text('agent_id', 'Id of the agent'),
  text('agent_name', 'Name of the agent'),
  instant('start_time_unix_secs', 'Start (the vendor sends epoch seconds), UTC'),
  text('status', 'initiated, in-progress, processing, done or failed'),
  text('call_successful', 'success, failure or unknown'),
  text('direction', 'inbound or outbound'),
  number('cost', 'Credits'),
  number('cost_fiat', 'US dollars; null for calls from before it was tracked'),
  ...callColumns,
];
