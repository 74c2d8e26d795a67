import type { Clock } from '../../engine/ports.ts';
import type { Budget } from '../../engine/source.ts';
import { createWaitingLine } from './waiting-line.ts';

/** A span in which no request may be sent. */
export interface Hold {
  /** Epoch ms. */
  readonly until: number;
  readonly reason: string;
}

/** Told of a hold and of how much of it is left, ms. */
export type OnHold = (hold: Hold, waitMs: number) => void;

/** What a rate limiter is made from. */
export interface RateLimiterSettings {
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** The share of a budget that is left to the tenant's other integrations, 0 to 1. */
  readonly reserve: number;
  /** How many requests may be in flight while the budget is unknown. */
  readonly inFlightUnknown: number;
}

/** Told of the budget in the response's headers (undefined: they name none), or `'lost'` when no response came. Only the first call counts. */
export type Release = (seen: Budget | undefined | 'lost') => void;

/** Keeps the requests of one credential within the vendor's budget. Several adapters may share one. */
export interface RateLimiter {
  /**
   * Resolves when one more request may be sent. `onHold` is told of each hold before this call waits for its end, and ends
   * the call instead by throwing.
   * @throws the signal's reason, what `onHold` throws
   */
  acquire(signal: AbortSignal, onHold: OnHold): Promise<Release>;
  /** Lets nothing be sent until `until` (epoch ms); of two holds the later counts. */
  hold(until: number, reason: string): void;
}

/** Spreads the instant at which several processes that share a budget come back after its reset. */
const RESET_JITTER_MS = 250;
/** A reset that lies in the past, yet with nothing left, means that the vendor's clock is behind ours: ask again after this. */
const SKEW_MS = 1000;
/** Resets this close are one period's: vendors that name seconds from now give a slightly different instant each time. */
const SAME_PERIOD_MS = 1000;

/** What is known of the present period of the budget. */
interface Period extends Budget {
  /** What the first response of the period said was left, and how many came since: together the cost of a request. */
  readonly firstRemaining: number;
  readonly responsesSince: number;
}

/** A rate limiter that knows nothing of the budget yet. */
export function createRateLimiter({ clock, random, reserve, inFlightUnknown }: RateLimiterSettings): RateLimiter {
  const releases = createWaitingLine();
  let known: 'nothing' | 'no-budget' | Period = 'nothing';
  let inFlight = 0;
  let held: Hold | undefined;

  const maySend = () => {
    if (known === 'no-budget') return true;
    if (known === 'nothing') return inFlight < Math.max(1, inFlightUnknown);
    if (hasRoom(known, inFlight, reserve)) return true;
    return inFlight === 0 && clock.now() >= known.resetsAt; // one request asks what the new period holds
  };

  const release: Release = (seen) => {
    inFlight -= 1;
    if (seen === 'lost') known = typeof known === 'string' ? known : withLostResponse(known, inFlight);
    else if (seen) known = withBudget(known, seen, clock.now());
    else if (known === 'nothing') known = 'no-budget';
    releases.callAll();
  };

  const releaseOnce = (): Release => {
    let released = false;
    return (seen) => {
      if (!released) release(seen);
      released = true;
    };
  };

  const waitOut = async (hold: Hold, signal: AbortSignal, onHold: OnHold) => {
    const waitMs = Math.max(0, hold.until - clock.now());
    if (waitMs > 0) onHold(hold, waitMs);
    await clock.sleep(waitMs, signal);
    if (held !== hold) return;
    held = undefined;
    known = 'nothing'; // the next response tells the new period's budget; until then requests go out as at the start
  };

  return {
    async acquire(signal, onHold) {
      for (;;) {
        signal.throwIfAborted();
        if (held) {
          await waitOut(held, signal, onHold);
        } else if (maySend()) {
          inFlight += 1;
          return releaseOnce();
        } else if (inFlight > 0 || typeof known === 'string') {
          await releases.join(signal);
        } else {
          held = { until: known.resetsAt + random() * RESET_JITTER_MS, reason: 'the budget is used up to the reserve' };
        }
      }
    },
    hold(until, reason) {
      if (!held || held.until < until) held = { until, reason };
    },
  };
}

/** Whether one more request, and those in flight, leave the reserve whole. */
function hasRoom(period: Period, inFlight: number, reserve: number): boolean {
  const limit = period.limit ?? period.firstRemaining;
  return period.remaining - (inFlight + 1) * costOf(period, inFlight) >= reserve * limit;
}

/**
 * What a request has cost in this period on average, rounded up; what other clients take counts too. The vendor may
 * have counted requests already whose responses are still on their way, so the drop is shared out over those too.
 */
function costOf({ firstRemaining, remaining, responsesSince }: Period, inFlight: number): number {
  return Math.max(1, Math.ceil((firstRemaining - remaining) / Math.max(1, responsesSince + inFlight)));
}

/** Responses may overtake each other: of one period the smaller rest is the later one, of two periods the later counts. */
function withBudget(known: string | Period, seen: Budget, now: number): Period {
  const resetsAt = seen.resetsAt > now ? seen.resetsAt : now + SKEW_MS;
  const fresh = { ...seen, resetsAt, firstRemaining: seen.remaining, responsesSince: 0 };
  if (typeof known === 'string' || resetsAt - known.resetsAt >= SAME_PERIOD_MS) return fresh;
  if (known.resetsAt - resetsAt >= SAME_PERIOD_MS) return known;
  const remaining = Math.min(known.remaining, seen.remaining);
  return { ...known, remaining, limit: seen.limit, responsesSince: known.responsesSince + 1 };
}

/** A request without a response may have been counted all the same. */
function withLostResponse(known: Period, inFlight: number): Period {
  const remaining = known.remaining - costOf(known, inFlight);
  return { ...known, remaining, responsesSince: known.responsesSince + 1 };
}
