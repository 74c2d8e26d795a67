import { ConvlakeError } from '../../engine/errors.ts';
import type { Budget } from '../../engine/source.ts';
import { askedWaitMs, retryAfterMs } from '../../sources/headers/asked-wait.ts';
import type { FetchContext, PageFetch } from './fetch-context.ts';
import { failsAlike, type Refusal, refusalError, said, staysBusy, vendorUnavailable, waitTooLong } from './refusals.ts';
import { nextBusyDelayMs, nextDelayMs } from './retry.ts';
import { safeVendorMessage, secretsOf, withoutSecrets } from './safe-vendor-message.ts';
import { likenessOf, type TryOutcome } from './try-page.ts';

type Failed = Exclude<TryOutcome<never>, { readonly ended: 'page' }>;

/**
 * Resolves when another try is due after a failed one.
 * @throws ConvlakeError when no other try would help, when the tries are used up, and `vendor-wait` at once when the wait
 * would outlast the run; the signal's reason
 */
export async function beforeNextTry(
  context: FetchContext,
  fetching: PageFetch<unknown>,
  tried: Failed,
  credential: string,
): Promise<void> {
  const { tries } = fetching;
  const { names, origin } = context.connection;
  if (tried.ended === 'refused') return afterRefusal(context, fetching, tried, credential);
  if (tried.ended === 'unreadable') {
    const giveUp = () => unreadable(tried.error, secretsOf(fetching.request, credential));
    if (tries.fail({ likeness: tried.likeness, ofRequest: true }) !== 'again') throw giveUp();
    return backOff(context, fetching, { what: tried.error.code, giveUp });
  }
  const { words, error, isTimeOut } = tried.failure;
  if (tries.fail({ ofRequest: isTimeOut }) !== 'again')
    throw vendorUnavailable(names, `${words} at ${new URL(origin).host}`, tries.failed(), { cause: error });
  return backOff(context, fetching, { what: words });
}

/** The reader's error as it is, unless the excerpt in its message holds a secret that the vendor echoed. */
function unreadable(error: ConvlakeError, secrets: readonly string[]): ConvlakeError {
  const message = withoutSecrets(error.message, secrets);
  return message === error.message ? error : new ConvlakeError(error.code, error.recovery, message);
}

async function afterRefusal(
  context: FetchContext,
  fetching: PageFetch<unknown>,
  { response, budget, crowded }: Extract<Failed, { readonly ended: 'refused' }>,
  credential: string,
): Promise<void> {
  const { names } = context.connection;
  const { status } = response;
  const secrets = secretsOf(fetching.request, credential);
  const refusal: Refusal = { status, message: safeVendorMessage(response.body, context.source.errorMessage, secrets) };
  if (!mayPass(status)) throw refusalError(names, fetching.request, refusal);

  const now = context.clock.now();
  if (isBusy(status)) {
    const asked = askedWaitMs(response.headers, now) ?? untilReset(budget, now);
    if (crowded && asked === undefined) return; // its turn comes when enough of the others have ended
    return standBack(context, fetching, status, asked ?? busyWaitMs(context, fetching, status));
  }

  const { tries } = fetching;
  const likeness = provesByLikeness(status) ? likenessOf(response) : undefined;
  const verdict = tries.fail({ likeness, ofRequest: true });
  if (verdict === 'alike') throw failsAlike(names, said(refusal), context.connection.limits.alikeTries, status);
  const giveUp = () => vendorUnavailable(names, said(refusal), tries.failed(), { status });
  if (verdict === 'used-up') throw giveUp();
  return backOff(context, fetching, { what: `${status}`, askedMs: retryAfterMs(response.headers, now), giveUp });
}

/** Statuses that another try may not meet: a time-out, a budget, and the vendor's own trouble. */
function mayPass(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** The same 500 again and again may be about the request; a gateway's or an overloaded vendor's responses are alike by nature. */
function provesByLikeness(status: number): boolean {
  return status >= 500 && ![502, 503, 504].includes(status);
}

/** What the vendor will say again to whoever asks, until a budget is full again or its load is less. */
function isBusy(status: number): boolean {
  return status === 429 || status === 503;
}

/** Until a budget is full again that is used up, ms. */
function untilReset(budget: Budget | undefined, now: number): number | undefined {
  return budget && budget.remaining <= 0 && budget.resetsAt > now ? budget.resetsAt - now : undefined;
}

/**
 * How long to leave a vendor alone that is busy and names no wait, ms. It is asked again as long as the run's time reaches: a budget of
 * the minute is full again after 60 s, and an outage may take longer.
 * @throws ConvlakeError `vendor-wait`
 */
function busyWaitMs(context: FetchContext, { tries }: PageFetch<unknown>, status: number): number {
  const { names, limits } = context.connection;
  const leftMs = context.waits.leftMs();
  const waitMs = nextBusyDelayMs({ attempt: tries.busy(), leftMs, random: context.random });
  if (waitMs === undefined) throw waitTooLong(names, responded(status), { waitMs, leftMs });
  if (!tries.bear(waitMs)) throw staysBusy(names, status, limits.busyMs);
  return waitMs;
}

/** Holds every request of the credential back: the vendor's refusal is about all of them. */
async function standBack(
  context: FetchContext,
  fetching: PageFetch<unknown>,
  status: number,
  waitMs: number,
): Promise<void> {
  const delayMs = delayOrStop(context, fetching, responded(status), { askedMs: waitMs });
  context.shared.rateLimiter.hold(context.clock.now() + delayMs, responded(status));
}

const responded = (status: number) => `the vendor responded with ${status}`;

/** What the last try ended with. */
interface LastTry {
  readonly what: string;
  /** How long the vendor asks to wait, if it does. */
  readonly askedMs?: number | undefined;
  /** The error with which a request about one row ends for which there is no time left: no vendor asks to be left alone by it. */
  readonly giveUp?: () => ConvlakeError;
}

async function backOff(
  context: FetchContext,
  fetching: PageFetch<unknown>,
  { what, askedMs, giveUp }: LastTry,
): Promise<void> {
  const reason = `try ${fetching.tries.failed()} of ${fetching.tries.most()} ended with ${what}`;
  const isOfRow = fetching.request.about !== undefined && askedMs === undefined;
  const delayMs = delayOrStop(context, fetching, reason, { askedMs, ...(isOfRow && giveUp && { giveUp }) });
  context.observe({ event: 'waiting', waitMs: delayMs, reason });
  await context.clock.sleep(delayMs, fetching.signal);
}

function delayOrStop(
  context: FetchContext,
  fetching: PageFetch<unknown>,
  reason: string,
  { askedMs, giveUp }: Pick<LastTry, 'askedMs' | 'giveUp'>,
): number {
  const leftMs = context.waits.leftMs();
  const attempt = Math.max(0, fetching.tries.failed() - 1);
  const delayMs = nextDelayMs({ attempt, askedMs, leftMs, random: context.random });
  if (delayMs !== undefined) return delayMs;
  throw giveUp?.() ?? waitTooLong(context.connection.names, reason, { waitMs: askedMs, leftMs });
}
