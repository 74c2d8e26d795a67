import type { Clock } from '../../engine/ports.ts';
import type { Budget } from '../../engine/source.ts';
import { costOf, firstOf, type Period, type Sent, withBudget, withLostResponse } from './budget-period.ts';
import { createLearntLimit } from './learnt-limit.ts';
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
  /** How many requests may be in flight while the budget is unknown. */
  readonly inFlightUnknown: number;
}

/** Told of the budget in the response's headers (undefined: they name none), or `'lost'` when no response came. Only the first call counts. */
export type Release = (seen: Budget | undefined | 'lost') => void;

/** Keeps the requests of one credential within the vendor's budget. Several adapters may share one. */
export interface RateLimiter {
  /**
   * Resolves when one more request may be sent that leaves `reserve` of the budget (0 to 1) to others. `onHold` is told of each hold before
   * this call waits for its end, and ends the call instead by throwing. What is held back for a large reserve does not hold back the rest.
   * @throws the signal's reason, what `onHold` throws
   */
  acquire(signal: AbortSignal, onHold: OnHold, reserve: number): Promise<Release>;
  /** Lets nothing be sent until `until` (epoch ms); of two holds the later counts. */
  hold(until: number, reason: string): void;
}

/** Spreads the instant at which several processes that share a budget come back after its reset. */
const RESET_JITTER_MS = 250;

/** A rate limiter that knows nothing of the budget yet. */
export function createRateLimiter({ clock, random, inFlightUnknown }: RateLimiterSettings): RateLimiter {
  const releases = createWaitingLine();
  const limit = createLearntLimit();
  let responses = 0;
  let drop: number | undefined;
  let known: 'nothing' | 'no-budget' | Period = 'nothing';
  let inFlight = 0;
  let held: Hold | undefined;
  let usedUp: Hold | undefined;

  const maySend = (reserve: number) => {
    if (known === 'no-budget') return true;
    if (known === 'nothing') return inFlight < Math.max(1, inFlightUnknown);
    if (hasRoom(known, reserve)) return true;
    return inFlight === 0 && clock.now() >= known.resetsAt; // one request asks what the new period holds
  };

  /** Whether one more request, and those in flight, leave the reserve whole. */
  const hasRoom = (period: Period, reserve: number) =>
    period.remaining - (inFlight + 1) * costOf(period) >= reserve * limit.of(period);

  /** One for all that wait for the same reset, so that it is announced once. */
  const untilReset = ({ resetsAt }: Period): Hold => {
    if (usedUp && usedUp.until > clock.now() && usedUp.until >= resetsAt) return usedUp;
    usedUp = { until: resetsAt + random() * RESET_JITTER_MS, reason: 'the budget is used up to the reserve' };
    return usedUp;
  };

  const take = (seen: Budget, sent: Sent) => {
    responses += 1;
    const now = clock.now();
    const period =
      typeof known === 'string' ? firstOf(seen, responses, now, drop) : withBudget(known, seen, sent, responses, now);
    limit.note(period);
    drop = period.drop ?? period.dropBefore;
    known = period;
  };

  const release = (seen: Parameters<Release>[0], sent: Sent) => {
    inFlight -= 1;
    if (seen === 'lost') known = typeof known === 'string' ? known : withLostResponse(known);
    else if (seen) take(seen, sent);
    else if (known === 'nothing') known = 'no-budget';
    releases.callAll();
  };

  const releaseOnce = (): Release => {
    const sent = { at: clock.now(), after: responses };
    let released = false;
    return (seen) => {
      if (!released) release(seen, sent);
      released = true;
    };
  };

  const waitOut = async (hold: Hold, signal: AbortSignal, onHold: OnHold) => {
    const waitMs = Math.max(0, hold.until - clock.now());
    if (waitMs > 0) onHold(hold, waitMs);
    await clock.sleep(waitMs, signal);
    if (held === hold) held = undefined;
    else if (typeof known === 'string' || known.resetsAt > clock.now()) return; // known anew already, or held back still
    known = 'nothing'; // the next response tells the new period's budget; until then requests go out as at the start
  };

  return {
    async acquire(signal, onHold, reserve) {
      for (;;) {
        signal.throwIfAborted();
        if (held) {
          await waitOut(held, signal, onHold);
        } else if (maySend(reserve)) {
          inFlight += 1;
          return releaseOnce();
        } else if (inFlight > 0 || typeof known === 'string') {
          await releases.join(signal);
        } else {
          await waitOut(untilReset(known), signal, onHold);
        }
      }
    },
    hold(until, reason) {
      if (!held || held.until < until) held = { until, reason };
    },
  };
}
