import type { Budget, Source } from '../../engine/source.ts';
import { callHistoryDialect, detailTexts } from '../call-history.ts';
import { isObject } from '../envelope.ts';
import { joinedMessage } from '../joined-message.ts';

/**
 * Voiceable, a wrapper of ElevenLabs with an envelope of its own: `{status, data, total_count, cursor, has_more}`. Its own
 * front end expects that `has_more` may be missing, so an empty cursor alone also says the end. Whether `total_count`
 * counts this list or all calls is not documented; it is not used.
 */
export const voiceable: Source = {
  dialect: (settings) => callHistoryDialect(settings, 'has_more or cursor'),
  budget,
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

/** `X-RateLimit-Limit`, `-Remaining` and `-Reset` (epoch seconds); the numbers themselves are not published. */
function budget(headers: Readonly<Record<string, string>>, now: number): Budget | undefined {
  const remaining = wholeNumber(headers['x-ratelimit-remaining']);
  const reset = wholeNumber(headers['x-ratelimit-reset']);
  if (remaining === undefined || reset === undefined) return undefined;
  // The header's name is used elsewhere for the seconds that are left; as an epoch those would lie in 1970.
  const resetsAt = reset < 1e9 ? now + reset * 1000 : reset * 1000;
  return { remaining, limit: wholeNumber(headers['x-ratelimit-limit']), resetsAt };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}
