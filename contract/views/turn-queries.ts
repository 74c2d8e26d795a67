import type { StreamName } from '../streams.ts';
import { lastDays, type NamedQuery } from './named-query.ts';
import { turnsView } from './turn-views.ts';

/** Queries of what was said in the conversations of these streams: none for a stream without turns. */
export function turnQueries(streams: readonly { readonly stream: StreamName; readonly table: string }[]): NamedQuery[] {
  return streams.flatMap(({ stream, table }) => {
    const turns = turnsView(stream)?.name;
    if (turns === undefined) return [];
    const ofCalls = stream === 'salesloft.transcript_sentences' ? [shareOfSpeakers(turns)] : callQueries(table, turns);
    return [mentions(turns), ...ofCalls];
  });
}

function mentions(turns: string): NamedQuery {
  return {
    name: `${turns}_mentions`,
    description: 'Conversations that mention a phrase, last 30 days',
    sql: `SELECT conversation_id, dt, count(*) AS times, min(start_secs) AS first_at_secs
FROM ${turns}
WHERE ${lastDays(30)} AND strpos(lower("text"), 'refund') > 0
GROUP BY conversation_id, dt
ORDER BY times DESC
LIMIT 100`,
  };
}

function shareOfSpeakers(turns: string): NamedQuery {
  return {
    name: `${turns}_talk_share`,
    description: 'Minutes and share of the talk of each speaker of a conversation, last 7 days',
    sql: `WITH spoken AS (
  SELECT conversation_id, speaker, sum(end_secs - start_secs) AS seconds
  FROM ${turns}
  WHERE ${lastDays(7)}
  GROUP BY conversation_id, speaker
)
SELECT conversation_id, speaker, seconds / 60 AS minutes, seconds / nullif(sum(seconds) OVER (PARTITION BY conversation_id), 0) AS share
FROM spoken
ORDER BY conversation_id, share DESC`,
  };
}

/** Both tables are bounded by `dt`, which is that of the conversation in either, and joined by key. */
function callQueries(table: string, turns: string): readonly NamedQuery[] {
  return [
    {
      name: `${turns}_talk_share`,
      description: 'Share of the talk that is the agent, by agent, last 7 days',
      sql: `WITH spoken AS (
  SELECT conversation_id, tenant, "role" <> 'user' AS by_agent, sum(end_secs - start_secs) AS seconds
  FROM ${turns}
  WHERE ${lastDays(7)}
  GROUP BY conversation_id, tenant, "role" <> 'user'
)
SELECT agent_name, count(DISTINCT spoken.conversation_id) AS conversations,
  sum(CASE WHEN by_agent THEN seconds ELSE 0 END) / nullif(sum(seconds), 0) AS agent_share
FROM spoken
JOIN (SELECT row_key, tenant, agent_name FROM ${table} WHERE ${lastDays(7)}) AS calls
  ON calls.row_key = spoken.conversation_id AND calls.tenant = spoken.tenant
GROUP BY agent_name
ORDER BY conversations DESC`,
    },
    {
      name: `${turns}_first_answer`,
      description: "Seconds from the caller's first words to the agent's next, by day, last 30 days",
      sql: `WITH asked AS (
  SELECT conversation_id, tenant, dt, min(position) AS position, min(start_secs) AS secs
  FROM ${turns}
  WHERE ${lastDays(30)} AND "role" = 'user'
  GROUP BY conversation_id, tenant, dt
), answered AS (
  SELECT asked.dt, asked.secs, min(turns.start_secs) AS answer_secs
  FROM asked
  JOIN ${turns} AS turns
    ON turns.conversation_id = asked.conversation_id AND turns.tenant = asked.tenant AND turns.dt = asked.dt
  WHERE turns.${lastDays(30)} AND turns."role" <> 'user' AND turns.position > asked.position
  GROUP BY asked.conversation_id, asked.tenant, asked.dt, asked.secs
)
SELECT dt, count(*) AS conversations, avg(answer_secs - secs) AS seconds
FROM answered
GROUP BY dt
ORDER BY dt`,
    },
  ];
}
