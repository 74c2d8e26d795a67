import { expect, test } from 'vitest';
import { backfillDefinition } from '../../../infra/backfill/backfill-definition.ts';
import { resourcesOf } from '../support/resources-of.ts';
import { stackOf } from '../support/stack-of.ts';

const definition = backfillDefinition({
  partition: 'aws',
  planFunction: 'convlake-prod-backfill-plan',
  exportFunctionPrefix: 'convlake-prod-',
});

test('the spans that the plan makes are read side by side, as many as the plan says, and none may fail', () => {
  expect(definition).toMatchObject({
    QueryLanguage: 'JSONata',
    StartAt: 'Plan',
    States: {
      Plan: { Arguments: { FunctionName: 'convlake-prod-backfill-plan' }, Next: 'Spans' },
      Spans: {
        Type: 'Map',
        Items: '{% $states.input.spans %}',
        MaxConcurrency: '{% $states.input.maxConcurrency %}',
        ToleratedFailurePercentage: 0,
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
        End: true,
      },
    },
  });
});

test('a span is read by the function of its source until nothing of it is left, but not for ever', () => {
  expect(definition).toMatchObject({
    States: {
      Spans: {
        ItemProcessor: {
          States: {
            Read: {
              Arguments: {
                FunctionName: "{% 'convlake-prod-' & $substringBefore($states.input.stream, '.') %}",
                Payload: {
                  stream: '{% $states.input.stream %}',
                  tenant: '{% $states.input.tenant %}',
                  from: '{% $states.input.from %}',
                  to: '{% $states.input.to %}',
                  windowMs: '{% $states.input.windowMs %}',
                },
              },
              Next: 'Left',
            },
            Left: {
              Choices: [
                { Condition: '{% $states.input.done = true %}', Next: 'Done' },
                { Condition: '{% $reads >= 200 %}', Next: 'TooLong' },
              ],
              Default: 'Read',
            },
          },
        },
      },
    },
  });
});

test('every state that is named is there, and every state is reached', () => {
  const machines = [definition, innerOf(definition)];

  for (const machine of machines) {
    const text = JSON.stringify(machine);
    const states = Object.keys(statesOf(machine));
    const named = [...text.matchAll(/"(?:StartAt|Next|Default)":"(\w+)"/g)].map(([, name]) => name);
    expect(states.filter((state) => !named.includes(state))).toEqual([]);
  }
  const all = machines.flatMap((machine) => Object.keys(statesOf(machine)));
  const named = [...JSON.stringify(definition).matchAll(/"(?:StartAt|Next|Default)":"(\w+)"/g)].map(([, name]) => name);
  expect(named.filter((name) => !all.includes(String(name)))).toEqual([]);
});

test('the stack deploys it with its log, and ends it after a month', () => {
  const [machine] = [...resourcesOf(stackOf().template, 'AWS::StepFunctions::StateMachine').values()];

  expect(machine?.Properties).toMatchObject({
    StateMachineName: 'convlake-dev-backfill',
    LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
  });
  expect(JSON.stringify(machine?.Properties)).toContain('\\"TimeoutSeconds\\":2592000');
});

function statesOf(machine: object): object {
  if ('States' in machine && typeof machine.States === 'object' && machine.States) return machine.States;
  throw new Error('no states');
}

function innerOf(machine: object): object {
  const states = statesOf(machine);
  if (!('Spans' in states) || typeof states.Spans !== 'object' || !states.Spans) throw new Error('no map');
  if ('ItemProcessor' in states.Spans && typeof states.Spans.ItemProcessor === 'object' && states.Spans.ItemProcessor) {
    return states.Spans.ItemProcessor;
  }
  throw new Error('no processor');
}
