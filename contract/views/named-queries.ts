import type { StreamName } from '../streams.ts';
import { lastDays, type NamedQuery } from './named-query.ts';
import { turnQueries } from './turn-queries.ts';

const QUERIES: Readonly<Record<StreamName, Omit<NamedQuery, 'name'>>> = {
  'crescendo.vocconv': {
    description: 'Satisfaction and mood by topic, last 30 days',
    sql: `SELECT category, subcategory, count(*) AS conversations, avg(csat) AS csat, avg(sentiment) AS sentiment
FROM crescendo_vocconv
WHERE ${lastDays(30)}
GROUP BY category, subcategory
ORDER BY conversations DESC`,
  },
  'crescendo.botconv': {
    description: 'What the assistants solve by themselves, by day, last 30 days',
    sql: `SELECT dt, bot_name, count(*) AS conversations, count_if(escalated) AS escalated, avg(csat) AS csat
FROM crescendo_botconv
WHERE ${lastDays(30)}
GROUP BY dt, bot_name
ORDER BY dt, bot_name`,
  },
  'salesloft.conversations': {
    description: 'Hours of conversation by owner and platform, last 30 days',
    sql: `SELECT owner_id, platform, count(*) AS conversations, sum(duration) / 3600000 AS hours
FROM salesloft_conversations
WHERE ${lastDays(30)}
GROUP BY owner_id, platform
ORDER BY hours DESC`,
  },
  'salesloft.transcriptions': {
    description: 'Transcriptions by day and language, last 30 days',
    sql: `SELECT dt, language_code, count(*) AS transcriptions, count(DISTINCT conversation_id) AS conversations
FROM salesloft_transcriptions
WHERE ${lastDays(30)}
GROUP BY dt, language_code
ORDER BY dt, transcriptions DESC`,
  },
  'salesloft.transcript_sentences': {
    description: 'Length of transcripts by day, last 30 days',
    sql: `SELECT dt, count(*) AS transcripts, avg(sentence_count) AS sentences, max(sentence_count) AS longest
FROM salesloft_transcript_sentences
WHERE ${lastDays(30)}
GROUP BY dt
ORDER BY dt`,
  },
  'salesloft.conversation_details': {
    description: 'How far summaries and action items have got, last 30 days',
    sql: `SELECT summary_status, action_items_status, count(*) AS conversations, avg(duration) / 60000 AS minutes
FROM salesloft_conversation_details
WHERE ${lastDays(30)}
GROUP BY summary_status, action_items_status
ORDER BY conversations DESC`,
  },
  'voiceable.conversations': {
    description: 'Calls by agent and status, last 7 days; both shapes of rows',
    sql: `SELECT agent_name, status, count(*) AS calls, avg(coalesce(metadata_call_duration_secs, call_duration_secs)) AS seconds
FROM voiceable_conversations
WHERE ${lastDays(7)}
GROUP BY agent_name, status
ORDER BY calls DESC`,
  },
  'voiceable.transcripts': {
    description: 'Turns of calls by agent and status, last 7 days',
    sql: `SELECT agent_name, status, count(*) AS calls, avg(message_count) AS turns
FROM voiceable_transcripts
WHERE ${lastDays(7)}
GROUP BY agent_name, status
ORDER BY calls DESC`,
  },
  'elevenlabs.conversations': {
    description: 'How calls end, by agent, last 7 days',
    sql: `SELECT agent_name, call_successful, termination_reason, count(*) AS calls, avg(call_duration_secs) AS seconds
FROM elevenlabs_conversations
WHERE ${lastDays(7)}
GROUP BY agent_name, call_successful, termination_reason
ORDER BY calls DESC`,
  },
  'elevenlabs.transcripts': {
    description: 'Calls in which a phrase was said, last 7 days',
    sql: `SELECT conversation_id, started, agent_name, call_duration_secs, transcript_summary
FROM elevenlabs_transcripts
WHERE ${lastDays(7)} AND strpos(lower(transcript), 'refund') > 0
ORDER BY started DESC`,
  },
};

/** The queries for these streams, each named after its table, those of their turns, and those that are about any of them. */
export function namedQueries(
  streams: readonly { readonly stream: StreamName; readonly table: string }[],
): readonly NamedQuery[] {
  const [first] = streams;
  return [
    ...streams.map(({ stream, table }) => ({ name: table, ...QUERIES[stream] })),
    ...turnQueries(streams),
    ...(first ? [newField(first.table)] : []),
    {
      name: 'convlake_runs',
      description: 'The last run of every stream and tenant, last 7 days',
      sql: `SELECT stream, tenant, max(started_at) AS started_at, max_by(outcome, started_at) AS outcome,
  max_by(watermark, started_at) AS watermark, sum(rows_new) AS rows_new, sum(rows_changed) AS rows_changed
FROM convlake_runs
WHERE ${lastDays(7)}
GROUP BY stream, tenant
ORDER BY started_at`,
    },
  ];
}

function newField(table: string): NamedQuery {
  return {
    name: `${table}_new_field`,
    description: 'Any field of the row, also one that has no column yet; yesterday and today',
    sql: `SELECT row_key, row_time, json_extract_scalar("row", '$["name of the field"]') AS new_field
FROM ${table}
WHERE ${lastDays(1)}
LIMIT 100`,
  };
}
