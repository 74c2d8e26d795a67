import type { Source } from '../../engine/source.ts';
import { callHistoryDialect, detailTexts } from '../call-history.ts';
import { isObject } from '../envelope.ts';
import { joinedMessage } from '../joined-message.ts';

/**
 * ElevenLabs' call history: `{conversations, next_cursor, has_more}`, of which the vendor's OpenAPI requires the first and
 * the last. It limits concurrency, not requests a minute, so no header tells a budget.
 */
export const elevenlabs: Source = {
  dialect: (settings) => callHistoryDialect(settings, 'has_more'),
  errorMessage: (body) => (isObject(body) ? joinedMessage(detailTexts(body['detail'])) : undefined),
};
