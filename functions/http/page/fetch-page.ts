import type { PageRequest } from '../../engine/source.ts';
import { checkCredential } from '../check-credential.ts';
import { untilAborted } from '../transport/abort.ts';
import { beforeNextTry } from './before-next-try.ts';
import type { FetchContext, PageFetch } from './fetch-context.ts';
import { targetOf } from './target.ts';
import { createTries } from './tries.ts';
import { type TryOutcome, tryPage } from './try-page.ts';

/**
 * Tries until the page is there. Each try asks for the credential anew, because one may expire during a wait.
 * @throws ConvlakeError, the signal's reason, or what `read` throws other than `body-unexpected`
 */
export async function fetchPage<T>(
  context: FetchContext,
  request: PageRequest,
  signal: AbortSignal,
  read: (body: Uint8Array) => T,
): Promise<T> {
  const { limits, names } = context.connection;
  const target = targetOf(context, request, names);
  const fetching = { request, target, signal, read, tries: createTries(limits, request) };
  let mayRenew = true;
  for (;;) {
    const credential = await askCredential(context, signal, false);
    let last = { credential, tried: await tryPage(context, fetching, credential) };
    if (mayRenew && isUnauthorised(last.tried)) {
      mayRenew = false;
      last = (await tryRenewed(context, fetching, credential)) ?? last;
    }
    if (last.tried.ended === 'page') {
      context.waits.succeeded();
      return last.tried.page;
    }
    await beforeNextTry(context, fetching, last.tried, last.credential);
  }
}

/** The same try with a new credential; undefined where the one that was refused is all there is. */
async function tryRenewed<T>(context: FetchContext, fetching: PageFetch<T>, refused: string) {
  const credential = await askCredential(context, fetching.signal, true);
  if (credential === refused) return undefined;
  return { credential, tried: await tryPage(context, fetching, credential) };
}

async function askCredential(context: FetchContext, signal: AbortSignal, refresh: boolean): Promise<string> {
  signal.throwIfAborted();
  return checkCredential(context.connection.names, await untilAborted(context.credential({ refresh }), signal));
}

function isUnauthorised(tried: TryOutcome<unknown>): boolean {
  return tried.ended === 'refused' && tried.response.status === 401;
}
