import { MOST_SKEW_MS } from '../checkpoint/clock-ahead.ts';
import type { Checkpoint } from '../checkpoint.ts';
import type { StreamSettings } from '../settings.ts';
import type { Span } from '../source.ts';

/**
 * Where the first run of a stream begins with what is new. Rows that are fetched one by one take days to be loaded from `start` on, and
 * readers wait for today's: these are read first, as far back as rows may still change, and what lies before is their history.
 */
export function firstWatermark(
  { definition, startMs, lookbackMs, deep, settleMs }: StreamSettings,
  now: number,
): number {
  if (!definition.details) return startMs;
  // A clock that is ahead by less is not found out, and a history is not read again where rows come late.
  const reachMs = settleMs + Math.max(deep.lookbackMs, lookbackMs, MOST_SKEW_MS);
  return Math.max(startMs, Math.floor((now - reachMs) / 1000) * 1000);
}

/** What is left of the history; undefined where there is none, or no more. */
export function historyLeft(
  checkpoint: Checkpoint | undefined,
  { startMs }: Pick<StreamSettings, 'startMs'>,
  watermark: number,
): Span | undefined {
  if (checkpoint) return checkpoint.history;
  return startMs < watermark ? { from: startMs, to: watermark } : undefined;
}

/**
 * The history that neither of two runs has read, each of which goes on from its own record: what one of them counts as read, in its
 * history or below its watermark, is in the lake. One span that holds it all, since a little too much costs a few requests.
 */
export function unreadByBoth(
  a: Pick<Checkpoint, 'history' | 'watermark'>,
  b: Pick<Checkpoint, 'history' | 'watermark'>,
): Span | undefined {
  const left = [
    common(a.history, b.history),
    common(a.history, { from: b.watermark, to: Number.POSITIVE_INFINITY }),
    common(b.history, { from: a.watermark, to: Number.POSITIVE_INFINITY }),
  ].filter((span) => span !== undefined);
  if (left.length === 0) return undefined;
  return { from: Math.min(...left.map(({ from }) => from)), to: Math.max(...left.map(({ to }) => to)) };
}

function common(a: Span | undefined, b: Span | undefined): Span | undefined {
  if (!a || !b) return undefined;
  const span = { from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) };
  return span.from < span.to ? span : undefined;
}
