import type { DialectSettings, PageRequest, Source } from '../../engine/source.ts';
import { callHistoryDialect, detailTexts } from '../call-history.ts';
import { isObject } from '../envelope.ts';
import { joinedMessage } from '../joined-message.ts';
import { transcriptDetail } from './transcript.ts';

/** How its 429 names too many requests at once: the older form under `detail.status`, the newer under `detail.code`. Otherwise the system is busy. */
const TOO_MANY = 'too_many_concurrent_requests';
const LIMIT = 'concurrent_limit_exceeded';

/**
 * ElevenLabs' call history: `{conversations, next_cursor, has_more}`, of which the vendor's OpenAPI requires the first and
 * the last. It limits concurrency, not requests a minute, so no header tells a budget.
 */
export const elevenlabs: Source = {
  dialect: (settings) => callHistoryDialect(settings, 'has_more', listsOf(settings)),
  details: transcriptDetail,
  tooManyAtOnce: (body) => {
    const detail = isObject(body) ? body['detail'] : undefined;
    return isObject(detail) && [detail['status'], detail['code']].some((told) => told === TOO_MANY || told === LIMIT);
  },
  errorMessage: (body) => (isObject(body) ? joinedMessage(detailTexts(body['detail'])) : undefined),
};

/**
 * The list leaves results of data collection and of evaluation out of its rows but for the ids that a request names (client library
 * 2.78); there is no way to ask for all.
 */
function listsOf({ ids = {} }: DialectSettings): PageRequest['lists'] {
  const named = Object.entries({
    data_collection_ids: ids['dataCollectionIds'] ?? [],
    evaluation_criteria_ids: ids['evaluationCriteriaIds'] ?? [],
  }).filter(([, values]) => values.length > 0);
  return named.length > 0 ? Object.fromEntries(named) : undefined;
}
