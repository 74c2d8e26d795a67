import { parseDuration } from '../../../../contract/duration.ts';
import { nextDailyInstant } from '../../plan/daily.ts';
import { DAY_MS } from '../../plan/window.ts';
import { Rank } from '../../rows/identify.ts';
import type { StreamSettings } from '../../settings.ts';
import type { LineHead } from '../detail-line.ts';
import { type Revisit, type RevisitReason, timeMsOf } from './revisit.ts';

/** For so long after its own time a detail that is not final is asked for. */
export const OPEN_FOR_MS = 30 * DAY_MS;
/** The first wait of an open detail; each further one is twice as long, up to a day. */
const FIRST_WAIT_MS = 3_600_000;

/** What came of asking for a detail. */
export interface Outcome {
  /** Of the line that was made of it. */
  readonly rank: Rank;
  /** Final, but a part that comes later is not there yet. */
  readonly incomplete: boolean;
}

/** What a stream is asked again by. */
export interface RevisitRules extends Pick<StreamSettings, 'deep' | 'timeZone'> {
  /** How long after its own time a detail is asked for again in any case, ms, ascending. */
  readonly lateMs: readonly number[];
}

/** Those of a stream. */
export function revisitRules({ definition, deep, timeZone }: StreamSettings): RevisitRules {
  const lateMs = (definition.details?.revisits ?? []).map((text) => {
    const ms = parseDuration(text);
    if (ms === undefined) throw new Error(`${definition.stream}: the catalogue has ${text} for a duration`);
    return ms;
  });
  return { deep, timeZone, lateMs: lateMs.sort((a, b) => a - b) };
}

/**
 * When an id that was asked for at `now` (epoch ms) is to be asked for again; undefined for never. `before` is what was to be done
 * then: what was asked for before it was due, because the list named it, leaves that as it is. A row without a time is asked for
 * whenever the list names it, and never besides: should it get one, nobody would know in which partition its line lies by now.
 */
export function nextRevisit(
  head: LineHead,
  { rank, incomplete }: Outcome,
  before: Revisit | undefined,
  rules: RevisitRules,
  now: number,
): Revisit | undefined {
  const timeMs = timeMsOf(head);
  if (timeMs === undefined) return undefined;
  const isYoung = timeMs + OPEN_FOR_MS > now;
  if (rank !== Rank.final) return isYoung ? openAgain(head, before, now) : undefined;
  if (incomplete && isYoung && !isDone('incomplete', head, before, now)) {
    const due = nextDailyInstant(rules.deep.at, rules.timeZone, now);
    return waiting('incomplete', head, before, now) ?? { head, why: 'incomplete', due, tries: 0 };
  }
  const due = rules.lateMs.map((ms) => wholeSecond(timeMs + ms)).find((at) => at > now);
  return due === undefined ? undefined : { head, why: 'late', due, tries: 0 };
}

function openAgain(head: LineHead, before: Revisit | undefined, now: number): Revisit {
  const tries = before?.why === 'open' ? before.tries + 1 : 0;
  const due = wholeSecond(now + Math.min(DAY_MS, FIRST_WAIT_MS * 2 ** tries));
  return waiting('open', head, before, now) ?? { head, why: 'open', due, tries };
}

/** What was not due yet, for the state that the row is in now. */
function waiting(why: RevisitReason, head: LineHead, before: Revisit | undefined, now: number): Revisit | undefined {
  return before?.why === why && before.due > now ? { ...before, head } : undefined;
}

/** What was asked for again is another one since its row is listed in another state. */
function isDone(why: RevisitReason, { listed }: LineHead, before: Revisit | undefined, now: number): boolean {
  return before?.why === why && before.due <= now && before.head.listed === listed;
}

/** Rounded up: what was asked for then has been asked for late enough. */
function wholeSecond(at: number): number {
  return Math.ceil(at / 1000) * 1000;
}
