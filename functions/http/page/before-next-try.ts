import { ConvlakeError } from '../../engine/errors.ts';
import type { Budget } from '../../engine/source.ts';
import type { Answer } from '../transport/send.ts';
import { type Fetching, type PageFetching, timeLeftMs } from './page-fetching.ts';
import { failsAlike, type Refusal, refusalError, said, unavailable, waitTooLong } from './refusals.ts';
import { nextDelayMs, parseRetryAfter } from './retry.ts';
import { likenessOf, type Tried } from './try-page.ts';
import { secretsOf, vendorMessage, withoutSecrets } from './vendor-message.ts';

type Failed = Exclude<Tried<never>, { readonly ended: 'page' }>;

/**
 * Resolves when another try is due after a failed one.
 * @throws ConvlakeError when no other try would help, when the tries are used up, and `vendor-wait` at once when the wait
 * would outlast the run; the signal's reason
 */
export async function beforeNextTry(
  use: PageFetching,
  fetching: Fetching<unknown>,
  tried: Failed,
  credential: string,
): Promise<void> {
  const { tries } = fetching;
  const { names } = use.connection;
  if (tried.ended === 'refused') return afterAnswer(use, fetching, tried, credential);
  if (tried.ended === 'unreadable') {
    if (tries.fail(tried.likeness) !== 'again') throw unreadable(tried.error, secretsOf(fetching.request, credential));
    return backOff(use, fetching, tried.error.code);
  }
  const { code, error } = tried.failure;
  if (tries.fail(undefined) !== 'again') throw unavailable(names, code, tries.failed(), { cause: error });
  return backOff(use, fetching, code);
}

/** The reader's error as it is, unless the excerpt in its message holds a secret that the vendor echoed. */
function unreadable(error: ConvlakeError, secrets: readonly string[]): ConvlakeError {
  const message = withoutSecrets(error.message, secrets);
  return message === error.message ? error : new ConvlakeError(error.code, error.recovery, message);
}

async function afterAnswer(
  use: PageFetching,
  fetching: Fetching<unknown>,
  { answer, budget }: { readonly answer: Answer; readonly budget: Budget | undefined },
  credential: string,
): Promise<void> {
  const { names } = use.connection;
  const { status } = answer;
  const secrets = secretsOf(fetching.request, credential);
  const refusal: Refusal = { status, message: vendorMessage(answer.body, use.source.errorMessage, secrets) };
  if (!mayPass(status)) throw refusalError(names, fetching.request, refusal);

  const askedMs = askedWaitMs(use, answer, budget);
  if (askedMs !== undefined) return standBack(use, fetching, status, askedMs);

  const { tries } = fetching;
  const verdict = tries.fail(provesByLikeness(status) ? likenessOf(answer) : undefined);
  if (verdict === 'alike') throw failsAlike(names, said(refusal), use.connection.limits.alikeTries, status);
  if (verdict === 'used-up') throw unavailable(names, said(refusal), tries.failed(), { status });
  return status === 429 ? standBack(use, fetching, status, undefined) : backOff(use, fetching, `${status}`);
}

/** Statuses that another try may not meet: a time-out, a budget, and the vendor's own trouble. */
function mayPass(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** The same 500 again and again may be about the request; a gateway's or an overloaded vendor's answers are alike by nature. */
function provesByLikeness(status: number): boolean {
  return status >= 500 && ![502, 503, 504].includes(status);
}

/**
 * The wait that a 429 or 503 names, ms; undefined where it names none. A wait of nothing is none: it would let the same
 * refusal come back without end, uncounted.
 */
function askedWaitMs({ clock }: PageFetching, answer: Answer, budget: Budget | undefined): number | undefined {
  if (answer.status !== 429 && answer.status !== 503) return undefined;
  const now = clock.now();
  const untilReset = budget && budget.remaining <= 0 ? budget.resetsAt - now : undefined;
  const askedMs = parseRetryAfter(answer.headers['retry-after'], now) ?? untilReset;
  return askedMs !== undefined && askedMs > 0 ? askedMs : undefined;
}

/** Holds every request of the credential back: the vendor's refusal is about all of them. */
async function standBack(
  use: PageFetching,
  fetching: Fetching<unknown>,
  status: number,
  askedMs: number | undefined,
): Promise<void> {
  const reason = `the vendor answered ${status}`;
  const delayMs = delayOrStop(use, fetching, reason, askedMs);
  use.pacer.hold(use.clock.now() + delayMs, reason);
}

async function backOff(use: PageFetching, fetching: Fetching<unknown>, what: string): Promise<void> {
  const reason = `try ${fetching.tries.failed()} of ${use.connection.limits.tries} ended with ${what}`;
  const delayMs = delayOrStop(use, fetching, reason, undefined);
  use.observe({ event: 'waiting', waitMs: delayMs, reason });
  await use.clock.sleep(delayMs, fetching.signal);
}

function delayOrStop(
  use: PageFetching,
  fetching: Fetching<unknown>,
  reason: string,
  askedMs: number | undefined,
): number {
  const leftMs = timeLeftMs(use.clock);
  const attempt = Math.max(0, fetching.tries.failed() - 1);
  const delayMs = nextDelayMs({ attempt, askedMs, leftMs, random: use.random });
  if (delayMs === undefined) throw waitTooLong(use.connection.names, reason, { waitMs: askedMs, leftMs });
  return delayMs;
}
