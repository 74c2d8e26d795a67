import type { Context } from 'aws-lambda';

/** What a handler needs to know of its invocation. */
export type Invocation = Pick<Context, 'awsRequestId' | 'functionName' | 'getRemainingTimeInMillis'>;
