/** Conversations of the last seven days by channel. */
export const DEMO_QUERY = `SELECT dt,
       count(*)                  AS conversations,
       count_if(media = 'voice') AS voice,
       count_if(media = 'chat')  AS chat,
       count_if(media = 'email') AS email,
       round(avg(csat), 2)       AS csat
FROM crescendo_vocconv
WHERE tenant = 'demo' AND dt > CAST(current_date - 7 AS varchar)
GROUP BY dt
ORDER BY dt`;

/** What was said first in the newest call of some turns. */
export const DEMO_TRANSCRIPT_QUERY = `SELECT start_secs AS second, role, left("text", 80) AS said
FROM elevenlabs_turns
WHERE tenant = 'demo' AND conversation_id = (
  SELECT row_key FROM elevenlabs_transcripts WHERE tenant = 'demo' AND message_count >= 4 ORDER BY row_time DESC LIMIT 1
)
ORDER BY position
LIMIT 4`;
