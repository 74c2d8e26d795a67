import type { BackfillItem, BackfillItemResult, BackfillOutcome, BackfillSpan } from '../../contract/backfill.ts';
import { READ_RETRIERS } from './retriers.ts';

/** How export functions are invoked. */
export interface ExportInvocation {
  /** ARN of the integration. */
  readonly invoke: string;
  /** What the names of the export functions have before the source's. */
  readonly exportFunctionPrefix: string;
}

/**
 * Tries of a span in one round, retries included. All states inside an item write into one history, which ends at 25,000 events; what is
 * not through then goes on in the next round.
 */
export const MOST_TRIES = 40;

/** The fields of what a state gives out, as expressions. */
type Fields<T> = Readonly<Record<keyof T, unknown>>;

const RESULT: Fields<BackfillItemResult> = {
  credential: '{% $states.input.credential %}',
  groups: '{% $states.result %}',
};

const GROUP_RESULT: Fields<BackfillItemResult['groups'][number]> = {
  concurrency: '{% $states.input.concurrency %}',
  outcomes: '{% [$states.result[done = false]] %}',
};

/**
 * Reads all that an item holds. The groups of a credential are read one after the other and the spans of a group side by side: so many
 * invocations as the stream's concurrency use a vendor's budget at the same time, as those of a live run do.
 */
export function readItem(invocation: ExportInvocation) {
  const groups: keyof BackfillItem = 'groups';
  return {
    StartAt: 'Groups',
    States: {
      Groups: {
        Type: 'Map',
        Items: `{% $states.input.${groups} %}`,
        MaxConcurrency: 1,
        ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'Spans', States: { Spans: spans(invocation) } },
        Output: RESULT,
        End: true,
      },
    },
  };
}

function spans(invocation: ExportInvocation) {
  return {
    Type: 'Map',
    Items: '{% $states.input.spans %}',
    MaxConcurrency: '{% $states.input.concurrency %}',
    ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...readSpan(invocation) },
    Output: GROUP_RESULT,
    End: true,
  };
}

/** Reads one span, again and again, until nothing of it is left. It never fails, or the spans beside it would be stopped. */
function readSpan({ invoke, exportFunctionPrefix }: ExportInvocation) {
  const source = "$substringBefore($states.input.stream, '.')";
  return {
    StartAt: 'Begin',
    States: {
      Begin: {
        Type: 'Pass',
        Assign: { tries: 0, lake: '{% $states.input.lake %}', begun: '{% $states.input.from %}' },
        Next: 'Read',
      },
      Read: {
        Type: 'Task',
        Resource: invoke,
        Arguments: { FunctionName: `{% '${exportFunctionPrefix}' & ${source} %}`, Payload: SPAN },
        Assign: { tries: '{% $tries + 1 + $states.context.State.RetryCount %}' },
        Output: '{% $states.result.Payload %}',
        Retry: READ_RETRIERS,
        Catch: [{ ErrorEquals: ['States.ALL'], Output: FAILED, Next: 'NotRead' }],
        Next: 'More',
      },
      More: {
        Type: 'Choice',
        Choices: [
          { Condition: '{% $states.input.done = true %}', Next: 'WasRead' },
          { Condition: `{% $tries < ${MOST_TRIES} %}`, Next: 'Read' },
          { Condition: '{% $states.input.from != $begun %}', Next: 'Unfinished' },
        ],
        Default: 'Stuck',
      },
      WasRead: { Type: 'Pass', Output: { done: true }, End: true },
      Unfinished: { Type: 'Pass', Output: { done: false, left: SPAN }, End: true },
      Stuck: { Type: 'Pass', Output: STUCK, End: true },
      NotRead: { Type: 'Pass', End: true },
    },
  };
}

/** What an export function is asked, from a span or from what it left of one. */
const SPAN: Fields<BackfillSpan> = {
  lake: '{% $lake %}',
  stream: '{% $states.input.stream %}',
  tenant: '{% $states.input.tenant %}',
  from: '{% $states.input.from %}',
  to: '{% $states.input.to %}',
  windowMs: '{% $states.input.windowMs %}',
  // An expression must give something, and spans that are not to be fetched again do not say so.
  refetch: '{% $states.input.refetch = true %}',
};

/** How a span ended; those that are done are left out of the result. */
type Ended = Fields<BackfillOutcome & { readonly done: boolean }>;

/** Results of a map must fit into 256 KB, so that a cause is cut. */
const FAILED: Ended = {
  done: false,
  left: SPAN,
  error: '{% $states.errorOutput.Error %}',
  cause: "{% $exists($states.errorOutput.Cause) ? $substring($states.errorOutput.Cause, 0, 2000) : '' %}",
};

const STUCK: Ended = {
  done: false,
  left: SPAN,
  error: 'SpanTooLong',
  cause: `Not even the beginning of it was read in ${MOST_TRIES} invocations; give the stream a smaller window`,
};
