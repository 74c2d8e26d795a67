import { type Dispatcher, Pool } from 'undici';
import { ConvlakeError } from '../engine/errors.ts';
import type { Clock, FetchPage, RunEvent, Traffic } from '../engine/ports.ts';
import type { Source } from '../engine/source.ts';
import type { Credential, FetchContext } from './page/fetch-context.ts';
import { fetchPage } from './page/fetch-page.ts';
import { type Names, subject, waitTooLong } from './page/refusals.ts';
import { type TimeForWaits, timeForWaits } from './page/time-for-waits.ts';
import { createVendorClock } from './page/vendor-clock.ts';
import { createAdaptiveSemaphore } from './rate/adaptive-semaphore.ts';
import { createRateLimiter, type Hold } from './rate/rate-limiter.ts';
import { createSemaphore } from './rate/semaphore.ts';
import type { SharedLimits } from './rate/shared-limits.ts';
import { onAbort } from './transport/abort.ts';
import { type ByteBudget, createByteBudget } from './transport/byte-budget.ts';
import { BODIES_BYTES, DEFAULT_LIMITS, DEFAULT_RESERVE, type HttpLimits } from './transport/limits.ts';

/** Connections to one origin. */
export type ConnectionPool = Pick<Dispatcher, 'request'> & { readonly destroy: () => Promise<void> };

/** Opens at most so many connections; none before the first request. */
export type OpenPool = (origin: string, connections: number, limits: HttpLimits) => ConnectionPool;

/** What the adapter of one stream and tenant is made from. */
export interface HttpOptions extends Names {
  /** Scheme, host and prefix. */
  readonly baseUrl: string;
  /** Appended to the base URL; the tenant is filled in already, percent-encoded. */
  readonly path: string;
  /** The header that carries the credential, and what stands before it. */
  readonly auth: { readonly header: string; readonly scheme: string };
  readonly credential: Credential;
  readonly source: Pick<Source, 'budget' | 'errorMessage' | 'tooManyAtOnce'>;
  /** Requests in flight, and connections, at most. */
  readonly concurrency: number;
  /** Of convlake, for the User-Agent. */
  readonly version: string;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly observe: (event: RunEvent) => void;
  /** The share of the vendor's budget that is left to the tenant's other integrations, 0 to 1. */
  readonly reserve?: number;
  /** Those that several streams share because one credential carries their requests; its own unless said otherwise. */
  readonly shared?: SharedLimits;
  /** The memory that bodies share while they are read; its own unless said otherwise. */
  readonly bodies?: ByteBudget;
  readonly limits?: Partial<HttpLimits>;
  /** How long a vendor is waited for that gives no page, ms; as long as the run's time reaches unless told. */
  readonly patienceMs?: number;
  readonly openPool?: OpenPool;
}

/** The HTTP adapter of one stream and tenant. */
export interface Http {
  readonly fetchPage: FetchPage;
  /** What it has done so far. Waits side by side for one reason count once. */
  stats(): Traffic;
  /** Ends what is under way as `interrupted`, and closes the connections. */
  close(): Promise<void>;
}

/** Opens no connection before the first page. Proxies are not used: neither options nor environment name one. */
export function createHttp(options: HttpOptions): Http {
  const base = new URL(options.baseUrl);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { clock, random, reserve = DEFAULT_RESERVE } = options;
  // Until a response tells the budget, one request is in flight: a used-up budget then costs one refusal instead of several.
  const inFlightUnknown = options.source.budget ? 1 : options.concurrency;
  const stats: { requests: number; throttledMs: number; points?: number } = { requests: 0, throttledMs: 0 };
  const onRequest = () => {
    stats.requests += 1;
  };
  const vendorClock = createVendorClock();
  const waits = timeForWaits(clock, options.patienceMs);
  const closing = new AbortController();
  const basePath = base.pathname.replace(/\/+$/, '');
  const bodies = options.bodies ?? createByteBudget(BODIES_BYTES);
  const pool = (options.openPool ?? openUndiciPool)(base.origin, options.concurrency, limits);
  const context: FetchContext = {
    ...options,
    basePath,
    path: basePath + options.path,
    userAgent: `convlake/${options.version}`,
    connection: { pool, origin: base.origin, limits, names: options, bodies, onRequest },
    semaphore: createSemaphore(options.concurrency),
    reserve,
    shared: options.shared ?? {
      rateLimiter: createRateLimiter({ clock, random, inFlightUnknown }),
      atOnce: createAdaptiveSemaphore(),
    },
    onCost: (points) => {
      stats.points = (stats.points ?? 0) + points;
    },
    onHold: announceHolds(options, waits, stats),
    vendorClock,
    waits,
  };
  return {
    fetchPage: (request, signal, read) =>
      interruptible(options, [signal, closing.signal], (either) => fetchPage(context, request, either, read)),
    stats: () => ({ ...stats, vendorNow: vendorClock.latest() }),
    async close() {
      closing.abort();
      await pool.destroy();
    },
  };
}

/** undici retries nothing and follows no redirect by itself; HTTP/1.1 keeps one request to a connection. */
const openUndiciPool: OpenPool = (origin, connections, limits) =>
  new Pool(origin, {
    connections,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: limits.connectMs },
    headersTimeout: limits.headersMs,
    bodyTimeout: limits.bodyMs,
    maxHeaderSize: limits.headerBytes,
  });

/** Announces each hold once, though several pages wait for its end, and refuses one that outlasts the run. */
function announceHolds(
  options: HttpOptions,
  waits: TimeForWaits,
  stats: { throttledMs: number },
): (hold: Hold, waitMs: number) => void {
  let announced: Hold | undefined;
  return (hold, waitMs) => {
    const leftMs = waits.leftMs();
    if (waitMs >= leftMs) throw waitTooLong(options, hold.reason, { waitMs, leftMs });
    if (hold === announced) return;
    announced = hold;
    stats.throttledMs += waitMs;
    options.observe({ event: 'waiting', waitMs, reason: hold.reason });
  };
}

/** Runs `act` with a signal that any of `signals` aborts, and turns what that causes into one error. */
async function interruptible<T>(
  names: Names,
  signals: readonly AbortSignal[],
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const either = new AbortController();
  const unlinks = signals.map((signal) => onAbort(signal, (reason) => either.abort(reason)));
  try {
    return await act(either.signal);
  } catch (error) {
    const { aborted, reason } = either.signal;
    const isOurs = error instanceof ConvlakeError && error !== reason;
    if (!aborted || isOurs) throw error;
    throw new ConvlakeError(
      'interrupted',
      'stop-run',
      `${subject(names)}: interrupted while a page was being fetched`,
      { cause: reason },
    );
  } finally {
    for (const unlink of unlinks) unlink();
  }
}
