import { createHash } from 'node:crypto';
import { type ConvlakeError, hasCode } from '../../engine/errors.ts';
import type { Budget } from '../../engine/source.ts';
import { type Answer, send } from '../transport/send.ts';
import { type TransportFailure, transportFailure } from '../transport/transport-failure.ts';
import type { Fetching, PageFetching } from './page-fetching.ts';
import { queryText } from './query-text.ts';

/** How one try ended. */
export type Tried<T> =
  | { readonly ended: 'page'; readonly page: T }
  | { readonly ended: 'refused'; readonly answer: Answer; readonly budget: Budget | undefined }
  | { readonly ended: 'unreadable'; readonly error: ConvlakeError; readonly likeness: string }
  | { readonly ended: 'lost'; readonly failure: TransportFailure };

/**
 * Sends the request once, when slot and budget allow, and reads the answer.
 * @throws the signal's reason, errors that no other try mends, and what `read` throws other than `body-unexpected`
 */
export async function tryPage<T>(use: PageFetching, fetching: Fetching<T>, credential: string): Promise<Tried<T>> {
  const giveBack = await use.slots.take(fetching.signal);
  try {
    return await fly(use, fetching, credential);
  } finally {
    giveBack();
  }
}

async function fly<T>(use: PageFetching, fetching: Fetching<T>, credential: string): Promise<Tried<T>> {
  const { request, signal, read } = fetching;
  const land = await use.pacer.enter(signal, use.onHold);
  let budget: Budget | undefined;
  try {
    const answer = await send(use.connection, {
      target: `${use.path}?${queryText(request.query)}`,
      headers: headersOf(use, credential),
      signal,
      onHeaders: (_, headers) => {
        budget = use.source.budget?.(headers, use.clock.now());
        land(budget);
      },
    });
    return isSuccess(answer.status) ? readPage(answer, read) : { ended: 'refused', answer, budget };
  } catch (error) {
    const failure = signal.aborted ? undefined : transportFailure(error);
    if (!failure) throw error;
    return { ended: 'lost', failure };
  } finally {
    land('lost'); // does nothing when the headers were seen
  }
}

function headersOf({ auth, userAgent }: PageFetching, credential: string): Record<string, string> {
  return {
    accept: 'application/json',
    'accept-encoding': 'gzip',
    'user-agent': userAgent,
    [auth.header]: auth.scheme + credential,
  };
}

function readPage<T>(answer: Answer, read: (body: Uint8Array) => T): Tried<T> {
  try {
    return { ended: 'page', page: read(answer.body) };
  } catch (error) {
    if (!hasCode(error, 'body-unexpected')) throw error;
    return { ended: 'unreadable', error, likeness: likenessOf(answer) };
  }
}

/** Equal for answers of the same status and the same bytes. */
export function likenessOf({ status, body }: Answer): string {
  return `${status} ${createHash('sha256').update(body).digest('base64')}`;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
