import type { Source } from '../../engine/source.ts';
import { callHistoryDialect, detailTexts } from '../call-history.ts';
import { isObject } from '../envelope.ts';
import { rateLimit } from '../headers/rate-limit.ts';
import { joinedMessage } from '../joined-message.ts';
import { transcriptDetail } from './transcript.ts';

/**
 * Voiceable, a wrapper of ElevenLabs with an envelope of its own: `{status, data, total_count, cursor, has_more}`. Its own
 * front end expects that `has_more` may be missing, so an empty cursor alone also says the end. Whether `total_count`
 * counts this list or all calls is not documented; it is not used.
 */
export const voiceable: Source = {
  dialect: (settings) => callHistoryDialect(settings, 'has_more or cursor'),
  details: transcriptDetail,
  // `X-RateLimit-Limit`, `-Remaining` and `-Reset` are documented, the numbers themselves are not.
  budget: rateLimit,
  errorMessage,
};

/** Errors are `{status: {code, message}, error, errors: []}`; those of the upstream may come as ElevenLabs words them. */
function errorMessage(body: unknown): string | undefined {
  if (!isObject(body)) return undefined;
  const { status, error, errors, detail } = body;
  return joinedMessage([
    isObject(status) ? status['message'] : undefined,
    error,
    ...(Array.isArray(errors) ? errors : []),
    ...detailTexts(detail),
  ]);
}
