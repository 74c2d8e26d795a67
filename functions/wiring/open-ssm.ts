import { SSMClient } from '@aws-sdk/client-ssm';
import { AWS_CLIENT_SETTINGS } from './aws-client-settings.ts';

/** Tries after the first of a call that found no connection, or SSM in trouble of its own. */
const MOST_RETRIES = 4;
const FIRST_WAIT_MS = 100;

/**
 * The client of checkpoints. What it does not try again is a throttled call: how long that may be waited for only its caller knows
 * (`waitForSsm`), and two layers that retry would multiply.
 */
export function openSsm(): SSMClient {
  return new SSMClient({
    ...AWS_CLIENT_SETTINGS,
    retryStrategy: {
      acquireInitialRetryToken: async () => retryToken(0),
      async refreshRetryTokenForRetry(token, { errorType, error }) {
        const passes = errorType === 'TRANSIENT' || errorType === 'SERVER_ERROR';
        if (!passes || token.getRetryCount() >= MOST_RETRIES) throw error;
        return retryToken(token.getRetryCount() + 1);
      },
      recordSuccess: () => undefined,
    },
  });
}

function retryToken(retries: number) {
  const delayMs = retries === 0 ? 0 : Math.random() * FIRST_WAIT_MS * 2 ** (retries - 1);
  return { getRetryCount: () => retries, getRetryDelay: () => delayMs };
}
