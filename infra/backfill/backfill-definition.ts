import type { BackfillStep } from '../../contract/backfill.ts';
import { type ExportInvocation, readItem } from './read-item.ts';
import { RETRY_INVOCATION, RETRY_THROTTLED } from './retriers.ts';

/** Names that the definition holds: it is text, into which constructs cannot be put. */
export interface BackfillFunctions {
  /** `aws`, or the name that another partition has in ARNs. */
  readonly partition: string;
  /** Name of the function that plans the backfill. */
  readonly planFunction: string;
  /** What the names of the export functions have before the source's. */
  readonly exportFunctionPrefix: string;
}

/** How often the execution has been redriven so far. */
const REDRIVES = '{% $states.context.Execution.RedriveCount %}';

/**
 * The backfill in Amazon States Language. The plan function makes items of the request, one for each credential, and a distributed map
 * reads them, in rounds: what is not through yet, or had no room, is in the next one. No item's failure stops another. What failed
 * is gathered, and in the end the execution fails with the list.
 *
 * Redriving enters again what was entered and not left. A map whose failures were tolerated has been left, so what fails is a task
 * after it: `Report` throws the list, unless the execution has been redriven since that was made; then it returns items of the
 * failed spans, and the map begins again.
 */
export function backfillDefinition({ partition, planFunction, exportFunctionPrefix }: BackfillFunctions): object {
  const arn = (action: string) => `arn:${partition}:states:::${action}`;
  const invoke = arn('lambda:invoke');
  const step = (payload: Payload, next: string) => ({
    Type: 'Task',
    Resource: invoke,
    Arguments: { FunctionName: planFunction, Payload: payload },
    Output: '{% $states.result.Payload %}',
    Retry: [RETRY_THROTTLED, RETRY_INVOCATION],
    Next: next,
  });
  return {
    Comment: 'Reads past spans of all or some streams and tenants again',
    QueryLanguage: 'JSONata',
    TimeoutSeconds: 30 * 86_400, // years at a slow vendor's pace
    StartAt: 'Plan',
    States: {
      Plan: step(PLAN, 'Credentials'),
      Credentials: readItems(arn, { invoke, exportFunctionPrefix }),
      Gather: step(GATHER, 'AnyLeft'),
      AnyLeft: {
        Type: 'Choice',
        Choices: [
          { Condition: '{% $states.input.pending > 0 %}', Next: 'Credentials' },
          { Condition: '{% $states.input.failed > 0 %}', Next: 'Report' },
        ],
        Default: 'Done',
      },
      Report: step(REPORT, 'Credentials'),
      Done: { Type: 'Succeed', Output: { spans: '{% $states.input.spans %}' } },
    },
  };
}

/** What the plan function is asked, by the names of the contract's fields. */
type Payload = {
  readonly [Step in BackfillStep as Step['step']]: Readonly<Record<keyof Step, string>>;
}[BackfillStep['step']];

const PLAN: Payload = {
  step: 'plan',
  execution: '{% $states.context.Execution.Name %}',
  redrives: REDRIVES,
  request: '{% $states.input %}',
};

const GATHER: Payload = {
  step: 'gather',
  redrives: REDRIVES,
  progress: '{% $states.input.progress %}',
  manifest: '{% $states.input.manifest %}',
};

const REPORT: Payload = { step: 'report', redrives: REDRIVES, progress: '{% $states.input %}' };

/** Items and results go through files: those of a thousand tenants are more than the 256 KB that states pass on. */
function readItems(arn: (action: string) => string, invocation: ExportInvocation) {
  const Bucket = '{% $states.input.bucket %}';
  return {
    Type: 'Map',
    Label: 'Credentials',
    ItemReader: {
      Resource: arn('s3:getObject'),
      ReaderConfig: { InputType: 'JSON' },
      Arguments: { Bucket, Key: '{% $states.input.items %}' },
    },
    MaxConcurrency: '{% $states.input.maxConcurrency %}',
    ToleratedFailurePercentage: 100,
    ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, ...readItem(invocation) },
    ResultWriter: {
      Resource: arn('s3:putObject'),
      Arguments: { Bucket, Prefix: "{% $states.input.folder & '/' & $states.input.round %}" },
    },
    Output: { progress: '{% $states.input %}', manifest: '{% $states.result.ResultWriterDetails.Key %}' },
    Next: 'Gather',
  };
}
