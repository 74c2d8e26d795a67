import { createHash } from 'node:crypto';
import { type ConvlakeError, hasCode } from '../../engine/errors.ts';
import type { Budget } from '../../engine/source.ts';
import { type HttpResponse, send } from '../transport/send.ts';
import { type TransportFailure, transportFailure } from '../transport/transport-failure.ts';
import type { FetchContext, PageFetch } from './fetch-context.ts';
import { parsedError } from './safe-vendor-message.ts';

/** How one try ended. */
export type TryOutcome<T> =
  | { readonly ended: 'page'; readonly page: T }
  | {
      readonly ended: 'refused';
      readonly response: HttpResponse;
      readonly budget: Budget | undefined;
      /** Others of this process were in flight with it, and the vendor says that they were too many together. */
      readonly crowded: boolean;
    }
  | { readonly ended: 'unreadable'; readonly error: ConvlakeError; readonly likeness: string | undefined }
  | { readonly ended: 'lost'; readonly failure: TransportFailure };

/**
 * Sends the request once, when concurrency and budget allow, and reads the response.
 * @throws the signal's reason, errors that no other try avoids, and what `read` throws other than `body-unexpected`
 */
export async function tryPage<T>(
  context: FetchContext,
  fetching: PageFetch<T>,
  credential: string,
): Promise<TryOutcome<T>> {
  const release = await context.semaphore.acquire(fetching.signal);
  try {
    return await sendInTurn(context, fetching, credential);
  } finally {
    release();
  }
}

/** Sends when the vendor bears one more at once, and takes note of whether it did. */
async function sendInTurn<T>(
  context: FetchContext,
  fetching: PageFetch<T>,
  credential: string,
): Promise<TryOutcome<T>> {
  const turn = await context.shared.atOnce.acquire(fetching.signal);
  try {
    const tried = await sendWithinBudget(context, fetching, credential);
    if (tried.ended === 'page') turn.served();
    if (tried.ended !== 'refused' || !saysTooMany(context, tried.response)) return tried;
    return { ...tried, crowded: turn.tooMany() };
  } finally {
    turn.release();
  }
}

function saysTooMany({ source }: FetchContext, { status, body }: HttpResponse): boolean {
  return status === 429 && source.tooManyAtOnce?.(parsedError(body)) === true;
}

async function sendWithinBudget<T>(
  context: FetchContext,
  fetching: PageFetch<T>,
  credential: string,
): Promise<TryOutcome<T>> {
  const { target, signal, read } = fetching;
  const release = await context.shared.rateLimiter.acquire(signal, context.onHold, context.reserve);
  const memory = context.connection.bodies.open();
  let budget: Budget | undefined;
  try {
    const response = await send(context.connection, {
      target,
      headers: headersOf(context, credential),
      signal,
      memory,
      onHeaders: (_, headers) => {
        const now = context.clock.now();
        context.vendorClock.heard(headers, now);
        budget = context.source.budget?.(headers, now);
        release(budget);
        if (budget?.cost !== undefined) context.onCost(budget.cost);
      },
    });
    if (isSuccess(response.status)) return readPage(response, read);
    return { ended: 'refused', response, budget, crowded: false };
  } catch (error) {
    const failure = signal.aborted ? undefined : transportFailure(error);
    if (!failure) throw error;
    return { ended: 'lost', failure };
  } finally {
    memory.release();
    release('lost'); // does nothing when the headers were seen
  }
}

function headersOf({ auth, userAgent }: FetchContext, credential: string): Record<string, string> {
  return {
    accept: 'application/json',
    'accept-encoding': 'gzip',
    'user-agent': userAgent,
    [auth.header]: auth.scheme + credential,
  };
}

function readPage<T>(response: HttpResponse, read: (body: Uint8Array) => T): TryOutcome<T> {
  try {
    return { ended: 'page', page: read(response.body ?? new Uint8Array()) };
  } catch (error) {
    if (!hasCode(error, 'body-unexpected')) throw error;
    return { ended: 'unreadable', error, likeness: likenessOf(response) };
  }
}

/** Equal for responses of the same status and the same bytes; undefined where these could not be read, which proves nothing. */
export function likenessOf({ status, body }: HttpResponse): string | undefined {
  if (body === undefined) return undefined;
  return `${status} ${createHash('sha256').update(body).digest('base64')}`;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
