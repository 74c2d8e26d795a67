import type { DialectSettings, PageRequest, Source } from '../../engine/source.ts';
import { callHistoryDialect, detailTexts } from '../call-history.ts';
import { isObject } from '../envelope.ts';
import { joinedMessage } from '../joined-message.ts';

/**
 * ElevenLabs' call history: `{conversations, next_cursor, has_more}`, of which the vendor's OpenAPI requires the first and
 * the last. It limits concurrency, not requests a minute, so no header tells a budget.
 */
export const elevenlabs: Source = {
  dialect: (settings) => callHistoryDialect(settings, 'has_more', listsOf(settings)),
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
