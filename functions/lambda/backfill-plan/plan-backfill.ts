import type { BackfillSpan } from '../../../contract/backfill.ts';
import type { DeployedStream } from '../../../contract/environment.ts';
import { isoInstant } from '../../../contract/instant.ts';
import { DAY_MS, dayOf } from '../../engine/plan/window.ts';
import type { Span } from '../../engine/source.ts';
import type { BackfillAsked } from './backfill-request.ts';
import { groupBy, SPANS_PER_ITEM, type Work } from './work.ts';

/**
 * Cuts a backfill into spans of one stream and tenant each, oldest first: days, or as few whole UTC days as let all that is read with
 * one credential fit into one item.
 * @param lake the lake that the rows are for
 */
export function planBackfill({ span, streams, refetch }: BackfillAsked, lake: string): readonly Work[] {
  const sharing = groupBy(streams, credentialOf);
  return streams.flatMap((stream) => {
    const { definition, tenant, windowMs, concurrency } = stream;
    const credential = credentialOf(stream);
    const spansEach = Math.max(1, Math.floor(SPANS_PER_ITEM / (sharing.get(credential)?.length ?? 1)));
    return cut(span, spansEach).map(({ from, to }): Work => {
      const own: BackfillSpan = {
        lake,
        stream: definition.stream,
        tenant,
        from: isoInstant(from),
        to: isoInstant(to),
        windowMs,
        ...(refetch && definition.details && { refetch }),
      };
      return { credential, concurrency, span: own };
    });
  });
}

/** Sources do not share budgets, whatever their credentials are called. */
function credentialOf({ definition, credential }: DeployedStream): string {
  return `${definition.source} ${credential.label}`;
}

function cut(span: Span, most: number): Span[] {
  const days = Math.ceil((span.to - dayOf(span.from)) / DAY_MS);
  const spanMs = Math.ceil(days / most) * DAY_MS;
  const spans: Span[] = [];
  for (let from = span.from; from < span.to; from = dayOf(from) + spanMs) {
    spans.push({ from, to: Math.min(span.to, dayOf(from) + spanMs) });
  }
  return spans;
}
