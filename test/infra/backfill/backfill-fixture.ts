import type { BackfillLeft, BackfillRequest, BackfillSpan, BackfillStep } from '../../../contract/backfill.ts';
import type { ConfigurationInput } from '../../../contract/configuration/define-config.ts';
import { parseConfiguration } from '../../../contract/configuration/parse-configuration.ts';
import example from '../../../examples/convlake.config.ts';
import { takeBackfillStep } from '../../../functions/lambda/backfill-plan/backfill-steps.ts';
import { readExportRequest } from '../../../functions/lambda/export/export-request.ts';
import { publicError } from '../../../functions/telemetry/public-error.ts';
import { planDeployment } from '../../../infra/deployment/deployment.ts';
import { memoryFiles } from '../../support/aws/memory-files.ts';
import { Execution } from '../../support/states-language/execution.ts';
import type { Machine } from '../../support/states-language/machine.ts';
import { type VirtualClock, virtualClock } from '../../support/states-language/virtual-clock.ts';
import { asDeployed } from '../support/as-deployed.ts';
import { resourcesOf } from '../support/resources-of.ts';
import { stackOf } from '../support/stack-of.ts';

const NOW_MS = Date.parse('2026-05-20T10:30:00Z');

/** The lake of the stack, as its functions call it. */
export const LAKE = 's3://lake-bucket';

/** An invocation of an export function by the state machine. */
export interface Read extends BackfillSpan {
  readonly functionName: string;
}

/** What an export function does with a span; by default it reads all of it. */
export type Answer = (span: BackfillSpan, read: number, clock: VirtualClock) => BackfillLeft | Promise<BackfillLeft>;

/** A backfill that was started, with all that was asked of export functions. */
export interface StartedBackfill {
  readonly execution: Execution;
  readonly reads: Read[];
  /** The items of each round, as they are in their files. */
  readonly rounds: () => readonly unknown[];
  readonly clock: VirtualClock;
  /** Changes what export functions do, and the lake that they write. */
  readonly setUp: (changes: { readonly answer?: Answer; readonly lake?: string }) => void;
}

/** The state machine as it is synthesized, the plan function as it is, and export functions that answer as the test says. */
export function deploy(streams: ConfigurationInput['streams']) {
  const { template } = stackOf({ streams });
  const parsed = parseConfiguration({ ...example, streams });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const { sources } = planDeployment(parsed.configuration);
  const [resource] = resourcesOf(template, 'AWS::StepFunctions::StateMachine').values();
  const machine: Machine = JSON.parse(String(asDeployed(template, resource?.Properties['DefinitionString'])));
  const functions = [...resourcesOf(template, 'AWS::Lambda::Function').values()];
  const deployed = functions.map(({ Properties }) => Properties['FunctionName']);

  return async (request: BackfillRequest, first: Answer = done): Promise<StartedBackfill> => {
    const objects = new Map<string, string>();
    const files = memoryFiles('results-bucket', objects);
    const clock = virtualClock();
    const reads: Read[] = [];
    let [answer, lake] = [first, LAKE];
    const invoke = async (functionName: string, payload: unknown): Promise<unknown> => {
      if (!deployed.includes(functionName)) throw named('Lambda.ResourceNotFoundException');
      try {
        if (functionName === 'convlake-dev-backfill-plan') {
          const every = sources.flatMap((each) => each.streams);
          return await takeBackfillStep(payload as BackfillStep, { streams: every, lake, files, now: () => NOW_MS });
        }
        const own = sources.find(({ source }) => functionName === `convlake-dev-${source}`)?.streams ?? [];
        readExportRequest(payload, { streams: own, lake });
      } catch (error) {
        throw publicError(error);
      }
      const span = payload as BackfillSpan; // it was understood
      reads.push({ ...span, functionName });
      return answer(span, reads.length, clock);
    };
    const world = { invoke, clock, random: () => 0.5, objects };
    const execution = new Execution(machine, 'a-backfill', request, world);
    await execution.start();
    const rounds = () =>
      [...objects].filter(([key]) => key.endsWith('/items.json')).map(([, text]) => JSON.parse(text));
    const setUp: StartedBackfill['setUp'] = (changes) => {
      answer = changes.answer ?? answer;
      lake = changes.lake ?? lake;
    };
    return { execution, reads, rounds, clock, setUp };
  };
}

/** Reads all of a span. */
export const done = (span: BackfillSpan): BackfillLeft => ({ ...span, from: span.to, done: true });

/** An error with a name, and in functions with a message. */
export function named(name: string, message = 'fails'): Error {
  return Object.assign(new Error(message), { name });
}
