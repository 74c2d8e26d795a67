import { MOST_HOPS } from '../../contract/environment.ts';
import type { BackfillSpan } from '../../contract/events.ts';

/** Names that the definition holds: it is text, into which constructs cannot be put. */
export interface BackfillFunctions {
  /** `aws`, or the name that another partition has in ARNs. */
  readonly partition: string;
  /** Name of the function that makes the spans. */
  readonly planFunction: string;
  /** What the names of the export functions have before the source's. */
  readonly exportFunctionPrefix: string;
}

/** Lambda's and the network's own failures: nothing ran, so trying again costs nothing. */
const RETRY_INVOCATION = {
  ErrorEquals: [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.TooManyRequestsException',
  ],
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxAttempts: 8,
  JitterStrategy: 'FULL',
};

/** A run that failed or was killed: what it read is committed, so the next try has less to do. */
const RETRY_RUN = {
  ErrorEquals: ['States.ALL'],
  IntervalSeconds: 60,
  BackoffRate: 2,
  MaxAttempts: 2,
  JitterStrategy: 'FULL',
};

/**
 * The backfill in Amazon States Language: the plan function makes spans of the request, and a distributed map reads each by
 * the export function of its source, again and again, until nothing of it is left. One failed span fails the execution; a
 * redrive goes on with what was left of the spans that failed.
 */
export function backfillDefinition({ partition, planFunction, exportFunctionPrefix }: BackfillFunctions): object {
  const invoke = `arn:${partition}:states:::lambda:invoke`;
  return {
    Comment: 'Reads past spans of all or some streams and tenants again',
    QueryLanguage: 'JSONata',
    TimeoutSeconds: 30 * 86_400, // years at a slow vendor's pace
    StartAt: 'Plan',
    States: {
      Plan: {
        Type: 'Task',
        Resource: invoke,
        Arguments: { FunctionName: planFunction, Payload: '{% $states.input %}' },
        Output: '{% $states.result.Payload %}',
        Retry: [RETRY_INVOCATION],
        Next: 'Spans',
      },
      Spans: {
        Type: 'Map',
        Label: 'Spans',
        Items: '{% $states.input.spans %}',
        MaxConcurrency: '{% $states.input.maxConcurrency %}',
        ToleratedFailurePercentage: 0,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          ...readUntilDone(invoke, exportFunctionPrefix),
        },
        Output: { spans: '{% $count($states.result) %}' },
        End: true,
      },
    },
  };
}

function readUntilDone(invoke: string, exportFunctionPrefix: string) {
  const source = "$substringBefore($states.input.stream, '.')";
  return {
    StartAt: 'Begin',
    States: {
      Begin: { Type: 'Pass', Assign: { reads: 0 }, Next: 'Read' },
      Read: {
        Type: 'Task',
        Resource: invoke,
        Arguments: { FunctionName: `{% '${exportFunctionPrefix}' & ${source} %}`, Payload: SPAN },
        Assign: { reads: '{% $reads + 1 %}' },
        Output: '{% $states.result.Payload %}',
        Retry: [RETRY_INVOCATION, RETRY_RUN],
        Next: 'Left',
      },
      Left: {
        Type: 'Choice',
        Choices: [
          { Condition: '{% $states.input.done = true %}', Next: 'Done' },
          { Condition: `{% $reads >= ${MOST_HOPS} %}`, Next: 'TooLong' },
        ],
        Default: 'Read',
      },
      // The results of all spans must fit into 256 KB.
      Done: { Type: 'Succeed', Output: '{% $states.input.to %}' },
      TooLong: {
        Type: 'Fail',
        Error: 'SpanTooLong',
        Cause: `Not all of the span was read in ${MOST_HOPS} invocations; start a backfill of shorter spans`,
      },
    },
  };
}

/** What an export function is asked, from a span or from what it left of one. */
const SPAN: Record<keyof BackfillSpan, string> = {
  stream: '{% $states.input.stream %}',
  tenant: '{% $states.input.tenant %}',
  from: '{% $states.input.from %}',
  to: '{% $states.input.to %}',
  windowMs: '{% $states.input.windowMs %}',
};
