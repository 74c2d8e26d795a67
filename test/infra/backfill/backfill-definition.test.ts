import { expect, test } from 'vitest';
import { backfillDefinition } from '../../../infra/backfill/backfill-definition.ts';
import { resourcesOf } from '../support/resources-of.ts';
import { stackOf } from '../support/stack-of.ts';

const definition: { readonly States: Readonly<Record<string, object>> } = JSON.parse(
  JSON.stringify(
    backfillDefinition({
      partition: 'aws-cn',
      planFunction: 'convlake-prod-backfill-plan',
      exportFunctionPrefix: 'convlake-prod-',
    }),
  ),
);

test('no failure of an item ends the others, and items and results go through files', () => {
  expect(definition).toMatchObject({
    QueryLanguage: 'JSONata',
    States: {
      Credentials: {
        Type: 'Map',
        ItemReader: { Resource: 'arn:aws-cn:states:::s3:getObject', ReaderConfig: { InputType: 'JSON' } },
        ToleratedFailurePercentage: 100,
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
        ResultWriter: { Resource: 'arn:aws-cn:states:::s3:putObject' },
        Next: 'Gather',
      },
    },
  });
});

test('what fails after the map is a task, for a redrive enters a Fail state only to fail again', () => {
  expect(definition.States['Report']).toMatchObject({ Type: 'Task', Next: 'Credentials' });
  expect(JSON.stringify(definition)).not.toContain('"Type":"Fail"');
});

test('a throttled invocation has a retrier of its own, whose waits do not grow without end', () => {
  const retriers = [...JSON.stringify(definition).matchAll(/\{"ErrorEquals":\["Lambda\.TooMany[^}]*\}/g)];

  expect(retriers).toHaveLength(4); // Plan, Gather, Report, and each read
  for (const [text] of retriers) {
    expect(JSON.parse(text)).toEqual({
      ErrorEquals: ['Lambda.TooManyRequestsException'],
      IntervalSeconds: 5,
      BackoffRate: 2,
      MaxDelaySeconds: 300,
      MaxAttempts: 60,
      JitterStrategy: 'FULL',
    });
  }
});

test('every state that is named is there, once, and every state is reached', () => {
  const machines = machinesIn(definition);
  const states = machines.flatMap((machine) => Object.keys(machine.States));

  expect(machines).toHaveLength(4);
  expect(new Set(states).size).toBe(states.length);
  for (const machine of machines) {
    const own = { ...machine, States: mapValues(machine.States, (state) => ({ ...state, ItemProcessor: undefined })) };
    const named = [...JSON.stringify(own).matchAll(/"(?:StartAt|Next|Default)":"(\w+)"/g)].map(([, name]) => name);
    expect(new Set(named)).toEqual(new Set(Object.keys(machine.States)));
  }
});

test('the stack deploys it with its log, and ends it after a month', () => {
  const [machine] = [...resourcesOf(stackOf().template, 'AWS::StepFunctions::StateMachine').values()];

  expect(machine?.Properties).toMatchObject({
    StateMachineName: 'convlake-dev-backfill',
    LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
  });
  expect(JSON.stringify(machine?.Properties)).toContain('\\"TimeoutSeconds\\":2592000');
});

test("its files lie in the stack's own bucket, wherever the lake is, until nothing can be redriven any more", () => {
  const { template } = stackOf({ lake: 's3://their-bucket/conv' });
  const functions = [...resourcesOf(template, 'AWS::Lambda::Function').values()];
  const plan = functions.find(({ Properties }) => Properties['FunctionName'] === 'convlake-dev-backfill-plan');
  const [[results, bucket] = []] = resourcesOf(template, 'AWS::S3::Bucket');

  expect(plan?.Properties['Environment']).toEqual({
    Variables: {
      LAKE_BUCKET: 'their-bucket',
      LAKE_PREFIX: 'conv',
      BACKFILL_BUCKET: { Ref: results },
      BACKFILL_OWNER: { Ref: 'AWS::AccountId' },
    },
  });
  expect(bucket?.Properties['LifecycleConfiguration']).toMatchObject({
    Rules: [
      { Prefix: 'results/', ExpirationInDays: 7 },
      { Prefix: 'backfills/', ExpirationInDays: 90 },
    ],
  });
});

interface Definition {
  readonly States: Readonly<Record<string, object>>;
}

/** The machine, and those that its maps hold, at any depth. */
function machinesIn(machine: Definition): Definition[] {
  const inner = Object.values(machine.States).flatMap((state) =>
    'ItemProcessor' in state ? [state.ItemProcessor as Definition] : [],
  );
  return [machine, ...inner.flatMap(machinesIn)];
}

function mapValues<T, U>(values: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
