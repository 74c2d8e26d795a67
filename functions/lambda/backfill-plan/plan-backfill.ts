import type { BackfillPlan, BackfillSpan } from '../../../contract/events.ts';
import { isoInstant } from '../../../contract/instant.ts';
import { ConvlakeError } from '../../engine/errors.ts';
import { DAY_MS, dayOf } from '../../engine/plan/window.ts';
import type { BackfillAsked } from './backfill-request.ts';

/** Step Functions passes 256 KB between states; a span takes up to 264 bytes, and Lambda's response has its headers too. */
const MOST_SPANS = 900;

/**
 * Cuts a backfill into spans of one stream and tenant each, of as few whole UTC days as there may be spans, oldest first and the
 * tenants of a span side by side.
 * @throws ConvlakeError `configuration-invalid` for more streams and tenants than there may be spans
 */
export function planBackfill({ span, streams }: BackfillAsked): BackfillPlan {
  const spansEach = Math.floor(MOST_SPANS / streams.length);
  if (spansEach === 0) {
    throw new ConvlakeError(
      'configuration-invalid',
      'stop-stream',
      `the event is not understood: streams and tenants are ${streams.length} together; name ${MOST_SPANS} of them at most`,
    );
  }
  const days = Math.ceil((span.to - dayOf(span.from)) / DAY_MS);
  const spanMs = Math.ceil(days / spansEach) * DAY_MS;
  const spans: BackfillSpan[] = [];
  for (let from = span.from; from < span.to; from = dayOf(from) + spanMs) {
    const ends = { from: isoInstant(from), to: isoInstant(Math.min(span.to, dayOf(from) + spanMs)) };
    for (const { definition, tenant, windowMs } of streams) {
      spans.push({ stream: definition.stream, tenant, ...ends, windowMs });
    }
  }
  return { spans, maxConcurrency: Math.min(...streams.map(({ concurrency }) => concurrency)) };
}
