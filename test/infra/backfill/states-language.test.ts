import { describe, expect, test } from 'vitest';
import { Execution } from '../../support/states-language/execution.ts';
import type { Machine, State } from '../../support/states-language/machine.ts';
import { virtualClock } from '../../support/states-language/virtual-clock.ts';

const task: State = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: 'f', Payload: '{% $states.input %}' },
  Output: '{% $states.result.Payload %}',
  End: true,
};

/** Starts a machine whose function fails for what `bad` holds. */
async function start(machine: Machine, input: unknown, bad: Set<unknown>) {
  const asked: unknown[] = [];
  const invoke = async (_: string, payload: unknown) => {
    asked.push(payload);
    if (bad.has(payload)) throw Object.assign(new Error('bad'), { name: 'Bad' });
    return payload;
  };
  const objects = new Map([['b/items', JSON.stringify(input)]]);
  const world = { invoke, clock: virtualClock(), random: () => 1, objects };
  return { execution: await new Execution(machine, 'e', input, world).start(), asked, objects };
}

function distributedMap(tolerated: number, rest: Readonly<Record<string, State>>, next?: string): Machine {
  const map: State = {
    Type: 'Map',
    ItemReader: {
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: { InputType: 'JSON' },
      Arguments: { Bucket: 'b', Key: 'items' },
    },
    ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Arguments: { Bucket: 'b', Prefix: 'out' } },
    ToleratedFailurePercentage: tolerated,
    ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'Do', States: { Do: task } },
    ...(next === undefined ? { End: true } : { Next: next }),
  };
  return { StartAt: 'All', States: { All: map, ...rest } };
}

/** What the documentation of Step Functions says of redriving, as far as the backfill depends on it. */
describe('a redrive', () => {
  test('runs those items of a failed distributed map again that did not succeed', async () => {
    const bad = new Set<unknown>([2]);
    const { execution, asked } = await start(distributedMap(0, {}), [1, 2, 3], bad);
    expect(execution.failure?.name).toBe('States.ExceedToleratedFailureThreshold');

    bad.clear();
    const before = asked.length;
    await execution.redrive();
    expect(execution.failure).toBeUndefined();
    expect(asked.slice(before)).toEqual([2]);
  });

  test('does not come back to a map whose failures were tolerated: a state after it that fails, fails again', async () => {
    const bad = new Set<unknown>([2]);
    const machine = distributedMap(100, { Over: { Type: 'Fail', Error: 'Over' } }, 'Over');
    const { execution, asked, objects } = await start(machine, [1, 2, 3], bad);
    expect(JSON.parse(String(objects.get('b/out/e/FAILED_0.json')))).toMatchObject([{ Input: '2', Error: 'Bad' }]);

    bad.clear();
    await execution.redrive();
    expect(execution.failure?.name).toBe('Over');
    expect(asked).toHaveLength(3);
  });

  test('runs those iterations of an inline map again that did not succeed', async () => {
    const bad = new Set<unknown>([2]);
    const map: State = {
      Type: 'Map',
      Items: '{% $states.input %}',
      ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'Do', States: { Do: task } },
      End: true,
    };
    const { execution, asked } = await start({ StartAt: 'All', States: { All: map } }, [1, 2, 3], bad);
    expect(execution.failure?.name).toBe('Bad');

    bad.clear();
    const before = asked.length;
    await execution.redrive();
    expect(execution.output).toEqual([1, 2, 3]);
    expect(asked.slice(before)).toEqual([2]);
  });

  test('gives a task all its retries again, and tells the task that it is one', async () => {
    const retried: State = {
      ...task,
      Arguments: { FunctionName: 'f', Payload: '{% $states.context.Execution.RedriveCount %}' },
      Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 2 }],
    };
    const { execution, asked } = await start({ StartAt: 'Do', States: { Do: retried } }, {}, new Set([0, 1]));
    await execution.redrive();
    await execution.redrive();

    expect(asked).toEqual([0, 0, 0, 1, 1, 1, 2]);
    await expect(async () => execution.redrive()).rejects.toThrow('ExecutionNotRedrivable');
  });
});
