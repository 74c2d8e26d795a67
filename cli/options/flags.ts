import type { Problem } from '../../contract/configuration/configuration.ts';
import { parseDuration } from '../../contract/duration.ts';
import { isoInstant, parseIsoInstant } from '../../contract/instant.ts';
import type { Span } from '../../functions/engine/source.ts';

/** The options of a command as they were written. */
export interface Flags {
  readonly config?: string;
  readonly stream?: readonly string[];
  readonly tenant?: readonly string[];
  readonly lake?: string;
  readonly lookback?: string;
  readonly now?: string;
  readonly timeLimit?: string;
  readonly from?: string;
  readonly to?: string;
  readonly anew?: true;
  readonly refetch?: true;
  readonly yes?: true;
  readonly force?: true;
  readonly all?: true;
  readonly json?: true;
  readonly offline?: true;
  readonly showKeys?: true;
  readonly repair?: true;
  readonly watch?: true;
  readonly check?: true;
}

/** The options that have a meaning beyond their text. Instants are epoch ms. */
export interface ReadFlags {
  readonly lookbackMs?: number;
  /** Where `--now` fixes planning's clock. */
  readonly planningNowMs?: number;
  readonly timeLimitMs?: number;
}

const DURATION_FIX = 'write a number and a unit, such as "15 minutes"';
const INSTANT_FIX = 'write "2026-01-01T00:00:00Z", with Z or an offset, or a date (UTC)';

/** Reads durations and instants, and puts what is wrong with them on the list. */
export function readFlags({ lookback, now, timeLimit }: Flags, problems: Problem[]): ReadFlags {
  const lookbackMs = read('--lookback', lookback, wholeSeconds, 'a duration', `${DURATION_FIX}, in whole seconds`);
  const planningNowMs = read('--now', now, parseIsoInstant, 'an instant', INSTANT_FIX);
  const timeLimitMs = read('--time-limit', timeLimit, parseDuration, 'a duration', DURATION_FIX);
  return {
    ...(lookbackMs === undefined ? {} : { lookbackMs }),
    ...(planningNowMs === undefined ? {} : { planningNowMs }),
    ...(timeLimitMs === undefined ? {} : { timeLimitMs }),
  };

  function read(
    path: string,
    written: string | undefined,
    parse: (written: string) => number | undefined,
    kind: string,
    toFix: string,
  ): number | undefined {
    const value = written === undefined ? undefined : parse(written);
    if (written !== undefined && value === undefined) {
      problems.push({ path, message: `${JSON.stringify(written)} is not ${kind}; ${toFix}` });
    }
    return value;
  }
}

/** Reads the span of a backfill, which must have passed at `nowMs`; undefined, and a problem on the list, when it is not one. */
export function readSpan({ from, to }: Flags, nowMs: number, problems: Problem[]): Span | undefined {
  const [fromMs, toMs] = [instantOf('--from', from), instantOf('--to', to)];
  if (fromMs === undefined || toMs === undefined) return undefined;
  if (fromMs >= toMs) {
    problems.push({ path: '--from', message: `${from} is not before --to ${to}; a backfill reads [from, to)` });
  }
  if (toMs > nowMs) {
    const message = `${to} lies in the future; write ${isoInstant(nowMs)} or earlier, later rows are for export`;
    problems.push({ path: '--to', message });
  }
  return { from: fromMs, to: toMs };

  function instantOf(path: string, written: string | undefined): number | undefined {
    if (written === undefined) problems.push({ path, message: `is missing; ${INSTANT_FIX}` });
    const value = written === undefined ? undefined : parseIsoInstant(written);
    if (written !== undefined && value === undefined) {
      problems.push({ path, message: `${JSON.stringify(written)} is not an instant; ${INSTANT_FIX}` });
    }
    return value;
  }
}

// Windows and requests lie on whole seconds.
function wholeSeconds(written: string): number | undefined {
  const readMs = parseDuration(written);
  return readMs === undefined || readMs % 1000 !== 0 ? undefined : readMs;
}
