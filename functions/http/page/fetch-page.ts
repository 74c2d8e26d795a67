import type { PageRequest } from '../../engine/source.ts';
import { checkCredential } from '../check-credential.ts';
import { untilAborted } from '../transport/abort.ts';
import { beforeNextTry } from './before-next-try.ts';
import type { Fetching, PageFetching } from './page-fetching.ts';
import { createTries } from './tries.ts';
import { type Tried, tryPage } from './try-page.ts';

/**
 * Tries until the page is there. Each try asks for the credential anew, because one may expire during a wait.
 * @throws ConvlakeError, the signal's reason, or what `read` throws other than `body-unexpected`
 */
export async function fetchPage<T>(
  use: PageFetching,
  request: PageRequest,
  signal: AbortSignal,
  read: (body: Uint8Array) => T,
): Promise<T> {
  const fetching = { request, signal, read, tries: createTries(use.connection.limits) };
  let mayRenew = true;
  for (;;) {
    const credential = await askCredential(use, signal, false);
    let last = { credential, tried: await tryPage(use, fetching, credential) };
    if (mayRenew && isUnauthorised(last.tried)) {
      mayRenew = false;
      last = (await tryRenewed(use, fetching, credential)) ?? last;
    }
    if (last.tried.ended === 'page') return last.tried.page;
    await beforeNextTry(use, fetching, last.tried, last.credential);
  }
}

/** The same try with a new credential; undefined where the one that was refused is all there is. */
async function tryRenewed<T>(use: PageFetching, fetching: Fetching<T>, refused: string) {
  const credential = await askCredential(use, fetching.signal, true);
  if (credential === refused) return undefined;
  return { credential, tried: await tryPage(use, fetching, credential) };
}

async function askCredential(use: PageFetching, signal: AbortSignal, refresh: boolean): Promise<string> {
  signal.throwIfAborted();
  return checkCredential(use.connection.names, await untilAborted(use.credential({ refresh }), signal));
}

function isUnauthorised(tried: Tried<unknown>): boolean {
  return tried.ended === 'refused' && tried.answer.status === 401;
}
