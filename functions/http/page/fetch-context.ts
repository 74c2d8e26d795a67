import type { Clock, RunEvent } from '../../engine/ports.ts';
import type { PageRequest, Source } from '../../engine/source.ts';
import type { OnHold } from '../rate/rate-limiter.ts';
import type { Semaphore } from '../rate/semaphore.ts';
import type { SharedLimits } from '../rate/shared-limits.ts';
import type { Connection } from '../transport/send.ts';
import type { Paths } from './target.ts';
import type { TimeForWaits } from './time-for-waits.ts';
import type { Tries } from './tries.ts';
import type { VendorClock } from './vendor-clock.ts';

/** Resolves to the credential. `refresh` asks for another one than it gave before, because that was refused. */
export type Credential = (ask: { readonly refresh: boolean }) => Promise<string>;

/** What all pages of one adapter share. */
export interface FetchContext extends Paths {
  readonly connection: Connection;
  readonly auth: { readonly header: string; readonly scheme: string };
  readonly userAgent: string;
  readonly credential: Credential;
  readonly source: Pick<Source, 'budget' | 'errorMessage' | 'tooManyAtOnce'>;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly observe: (event: RunEvent) => void;
  readonly semaphore: Semaphore;
  /** Of the vendor's budget so much is left alone, 0 to 1. */
  readonly reserve: number;
  readonly shared: SharedLimits;
  readonly onHold: OnHold;
  /** Told of what each request cost, in the vendor's points, where it says so. */
  readonly onCost: (points: number) => void;
  readonly vendorClock: VendorClock;
  readonly waits: TimeForWaits;
}

/** One page being fetched. */
export interface PageFetch<T> {
  readonly request: PageRequest;
  /** Path and query, encoded. */
  readonly target: string;
  readonly signal: AbortSignal;
  readonly read: (body: Uint8Array) => T;
  readonly tries: Tries;
}
