import type { AdaptiveSemaphore } from './adaptive-semaphore.ts';
import type { RateLimiter } from './rate-limiter.ts';

/** What the vendor bears of one credential: so many requests in a span of time, and so many at once. Adapters that use it share both. */
export interface SharedLimits {
  readonly rateLimiter: RateLimiter;
  readonly atOnce: AdaptiveSemaphore;
}
