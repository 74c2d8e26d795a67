/**
 * What every AWS client of convlake is made with. Retries are the SDK's own, and adaptive: it slows down for a service that
 * asks to. Without time-outs of ours a connection that no response comes on would hang a run for ever (the SDK has none).
 */
export const AWS_CLIENT_SETTINGS = {
  retryMode: 'adaptive',
  maxAttempts: 5,
  requestHandler: {
    connectionTimeout: 5_000,
    /** A socket on which nothing moves. Also that of an object being read slowly: reading goes on where it stopped. */
    socketTimeout: 60_000,
  },
} as const;
