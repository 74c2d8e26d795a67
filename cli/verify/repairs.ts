import { isoInstant } from '../../contract/instant.ts';
import { parseObjectKey } from '../../contract/layout.ts';
import type { Span } from '../../functions/engine/source.ts';
import type { Finding, FindingKind } from '../../functions/engine/verify/finding.ts';
import type { Verdict } from './verify-stream.ts';

const DAY_MS = 86_400_000;

/** What reading the day again heals. The rest has to be looked at by a person, since something would have to be removed. */
const HEALED: ReadonlySet<FindingKind> = new Set(['missing', 'differs', 'object-gone', 'rows-gone', 'doubled']);

/** A backfill that heals what was found. */
export interface Repair {
  readonly verdict: Verdict;
  readonly span: Span;
}

/** The backfills that heal what reading again can heal: one for days in a row. A day that is not over is left to the exports. */
export function repairsOf(verdict: Verdict, nowMs: number): readonly Repair[] {
  const days = new Set(verdict.findings.filter(({ kind }) => HEALED.has(kind)).flatMap(dayOf));
  const spans: Span[] = [];
  for (const from of [...days].toSorted((a, b) => a - b)) {
    const to = Math.min(from + DAY_MS, nowMs - (nowMs % 1000));
    const last = spans.at(-1);
    if (from >= to) continue;
    if (last?.to === from) spans[spans.length - 1] = { from: last.from, to };
    else spans.push({ from, to });
  }
  return spans.map((span) => ({ verdict, span }));
}

/** The command that a person types for it. */
export function repairCommand({ verdict: { stream }, span }: Repair): string {
  const { definition, tenant } = stream;
  return `convlake backfill --stream ${definition.stream} --tenant ${tenant} --from ${isoInstant(span.from)} --to ${isoInstant(span.to)}`;
}

function dayOf({ object }: Finding): readonly number[] {
  const dt = parseObjectKey(object)?.dt;
  return dt === undefined ? [] : [Date.parse(dt)];
}
