/**
 * The account's concurrent invocations are used up: nothing ran, and there is room when other runs end. With full jitter some two
 * hours on average, which a busy account needs.
 */
export const RETRY_THROTTLED = {
  ErrorEquals: ['Lambda.TooManyRequestsException'],
  IntervalSeconds: 5,
  BackoffRate: 2,
  MaxDelaySeconds: 300,
  MaxAttempts: 60,
  JitterStrategy: 'FULL',
};

/** Lambda's and the network's own failures: nothing ran, so trying again costs nothing. */
export const RETRY_INVOCATION = {
  ErrorEquals: ['Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException'],
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxAttempts: 8,
  JitterStrategy: 'FULL',
};

/** What a person has to fix first. */
const NEVER_RETRY = {
  ErrorEquals: ['configuration-invalid', 'credential-missing', 'credential-refused', 'request-refused'].map(
    (code) => `ConvlakeError:${code}`,
  ),
  MaxAttempts: 0,
};

/** The vendor asks to wait longer than an invocation lasts. */
const RETRY_VENDOR_WAIT = {
  ErrorEquals: ['ConvlakeError:vendor-wait'],
  IntervalSeconds: 900,
  BackoffRate: 2,
  MaxDelaySeconds: 7200,
  MaxAttempts: 10,
};

/** A run that failed or was killed: what it read is committed, so the next try has less to do. */
const RETRY_RUN = {
  ErrorEquals: ['States.ALL'],
  IntervalSeconds: 60,
  BackoffRate: 2,
  MaxAttempts: 2,
  JitterStrategy: 'FULL',
};

/** Those of a read. The first that names an error counts. */
export const READ_RETRIERS = [RETRY_THROTTLED, RETRY_INVOCATION, NEVER_RETRY, RETRY_VENDOR_WAIT, RETRY_RUN];
