import type { FetchPage, Traffic } from '../engine/ports.ts';
import type { HttpOptions } from '../http/create-http.ts';

/** The vendor's HTTP adapter, as far as a run needs it. */
export interface LazyHttp {
  readonly fetchPage: FetchPage;
  readonly traffic: () => Traffic;
  close(): Promise<void>;
}

/**
 * The HTTP adapter, loaded while the run waits for its checkpoint: undici is a fifth of what a cold start has to load, and the
 * first answer of SSM takes longer than that.
 */
export function lazyHttp(options: HttpOptions): LazyHttp {
  const opening = import('../http/create-http.ts').then(({ createHttp }) => createHttp(options));
  opening.catch(() => undefined); // it is told to whoever fetches the first page
  let traffic = (): Traffic => ({ requests: 0, throttledMs: 0 });
  return {
    async fetchPage(request, signal, read) {
      const http = await opening;
      traffic = http.stats;
      return http.fetchPage(request, signal, read);
    },
    traffic: () => traffic(),
    async close() {
      await (await opening).close();
    },
  };
}
