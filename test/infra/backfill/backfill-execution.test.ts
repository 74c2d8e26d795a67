import { expect, test } from 'vitest';
import type { ConfigurationInput } from '../../../contract/configuration/define-config.ts';
import { parseConfiguration } from '../../../contract/configuration/parse-configuration.ts';
import { MOST_HOPS } from '../../../contract/environment.ts';
import type { BackfillLeft, BackfillRequest, BackfillSpan } from '../../../contract/events.ts';
import example from '../../../examples/convlake.config.ts';
import { readBackfillRequest } from '../../../functions/lambda/backfill-plan/backfill-request.ts';
import { planBackfill } from '../../../functions/lambda/backfill-plan/plan-backfill.ts';
import { readExportRequest } from '../../../functions/lambda/export/export-request.ts';
import { planDeployment } from '../../../infra/deployment/deployment.ts';
import { execute, type Machine } from '../../support/aws/states-language.ts';
import { HOUR_MS } from '../../support/durations.ts';
import { asDeployed } from '../support/as-deployed.ts';
import { resourcesOf } from '../support/resources-of.ts';
import { stackOf, streamOf } from '../support/stack-of.ts';

const NOW_MS = Date.parse('2026-05-20T10:30:00Z');
const allStreams = ['crescendo.vocconv', 'crescendo.botconv', 'salesloft.conversations'] as const;

/** An invocation of an export function by the state machine. */
interface Read extends BackfillSpan {
  readonly functionName: string;
}

/** What an export function does with a span; by default it reads all of it. */
type Answer = (span: BackfillSpan, read: number) => BackfillLeft | Promise<BackfillLeft>;

/** The state machine as it is synthesized, the plan function as it is, and export functions that answer as the test says. */
function deploy(streams: ConfigurationInput['streams'] = configured()) {
  const { template } = stackOf({ streams });
  const parsed = parseConfiguration({ ...example, streams });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const { sources } = planDeployment(parsed.configuration);
  const [resource] = resourcesOf(template, 'AWS::StepFunctions::StateMachine').values();
  const machine: Machine = JSON.parse(String(asDeployed(template, resource?.Properties['DefinitionString'])));
  const functions = [...resourcesOf(template, 'AWS::Lambda::Function').values()];
  const deployed = functions.map(({ Properties }) => Properties['FunctionName']);

  return async (request: BackfillRequest, answer: Answer = done) => {
    const reads: Read[] = [];
    const invoke = async (functionName: string, payload: unknown): Promise<unknown> => {
      if (!deployed.includes(functionName)) throw named('Lambda.ResourceNotFoundException');
      if (functionName === 'convlake-dev-backfill-plan') {
        return planBackfill(
          readBackfillRequest(
            payload,
            sources.flatMap((each) => each.streams),
            NOW_MS,
          ),
        );
      }
      const own = sources.find(({ source }) => functionName === `convlake-dev-${source}`)?.streams ?? [];
      readExportRequest(payload, own);
      const span = payload as BackfillSpan; // it was understood
      reads.push({ ...span, functionName });
      return answer(span, reads.length);
    };
    const output = await execute(machine, request, invoke).catch((error: unknown) => error);
    return { output, reads };
  };
}

function configured(): ConfigurationInput['streams'] {
  return allStreams.map((stream, n) => streamOf({ stream, tenant: `tenant-${n}`, concurrency: 3 - n }));
}

const done = (span: BackfillSpan): BackfillLeft => ({ ...span, from: span.to, done: true });

/** Reads ten hours of a span, and finds that half the window fits. */
function tenHours(span: BackfillSpan): BackfillLeft {
  const from = Math.min(Date.parse(span.from) + 10 * HOUR_MS, Date.parse(span.to));
  const left = { ...span, from: new Date(from).toISOString() };
  return { ...left, windowMs: span.windowMs / 2, done: left.from === span.to };
}

function named(name: string): Error {
  return Object.assign(new Error('fails'), { name });
}

test('every day of every stream is read by the function of its source, again from where it ended until nothing is left', async () => {
  const backfill = deploy();

  const { output, reads } = await backfill({ from: '2026-03-30T00:00:00Z', to: '2026-04-01T12:00:00Z' }, tenHours);

  expect(output).toEqual({ spans: 9 });
  const asked = reads.map(({ functionName, stream, tenant, from, to }) =>
    [functionName, stream, tenant, from.slice(0, 13), to.slice(0, 13)].join(' '),
  );
  const expected = [
    'convlake-dev-crescendo crescendo.vocconv tenant-0',
    'convlake-dev-crescendo crescendo.botconv tenant-1',
    'convlake-dev-salesloft salesloft.conversations tenant-2',
  ].flatMap((of) => [
    ...['30', '31'].flatMap((day) => {
      const to = day === '30' ? '2026-03-31T00' : '2026-04-01T00';
      return ['00', '10', '20'].map((hour) => `${of} 2026-03-${day}T${hour} ${to}`);
    }),
    ...['00', '10'].map((hour) => `${of} 2026-04-01T${hour} 2026-04-01T12`),
  ]);
  expect(asked.toSorted()).toEqual(expected.toSorted());
});

test('what is left is asked for with the window that the last read found to fit', async () => {
  const backfill = deploy([streamOf({ window: '8 hours' })]);

  const { reads } = await backfill({ from: '2026-03-30T00:00:00Z', to: '2026-03-31T00:00:00Z' }, tenHours);

  expect(reads.map(({ windowMs }) => windowMs / HOUR_MS)).toEqual([8, 4, 2]);
});

test('only what is asked for is read', async () => {
  const backfill = deploy();
  const span = { from: '2026-03-30T00:00:00Z', to: '2026-03-30T00:00:01Z' };

  const { output, reads } = await backfill({ ...span, streams: ['crescendo.botconv'] });

  // A list of one is still a list: JSONata likes to make it its only element.
  expect(output).toEqual({ spans: 1 });
  expect(reads).toMatchObject([{ stream: 'crescendo.botconv', to: '2026-03-30T00:00:01.000Z' }]);
});

test.each([
  [allStreams, 1],
  [allStreams.slice(0, 2), 2],
  [allStreams.slice(0, 1), 3],
])('%j are read as many at the same time as the one with the least concurrency bears', async (streams, concurrency) => {
  const backfill = deploy();
  let [underWay, most] = [0, 0];

  await backfill({ from: '2026-03-01T00:00:00Z', to: '2026-03-11T00:00:00Z', streams }, async (span) => {
    most = Math.max(most, ++underWay);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate); // long enough for all that may begin
    underWay--;
    return done(span);
  });

  expect(most).toBe(concurrency);
});

test('a read that fails is made again, and goes on from what was left', async () => {
  const backfill = deploy([streamOf()]);

  const { output, reads } = await backfill(
    { from: '2026-03-30T00:00:00Z', to: '2026-03-31T00:00:00Z' },
    (span, read) => {
      if (read === 2) throw named('ConvlakeError:lake-unavailable');
      if (read === 4) throw named('Lambda.TooManyRequestsException');
      return tenHours(span);
    },
  );

  expect(output).toEqual({ spans: 1 });
  expect(reads.map(({ from }) => from.slice(11, 13))).toEqual(['00', '10', '10', '20', '20']);
});

test('fails when a span goes on failing, and begins no further one', async () => {
  const backfill = deploy();
  const failing = (span: BackfillSpan) => {
    if (span.from.startsWith('2026-03-02') && span.stream === 'crescendo.botconv')
      throw named('ConvlakeError:vendor-wait');
    return done(span);
  };

  const { output, reads } = await backfill({ from: '2026-03-01T00:00:00Z', to: '2026-03-11T00:00:00Z' }, failing);

  expect(output).toMatchObject({
    name: 'States.ExceedToleratedFailureThreshold',
    cause: { name: 'ConvlakeError:vendor-wait' },
  });
  expect(reads.filter(({ from }) => from.startsWith('2026-03-02')).map(({ stream }) => stream)).toEqual([
    'crescendo.vocconv',
    ...Array(3).fill('crescendo.botconv'),
  ]);
  expect(reads).toHaveLength(7);
});

test('fails when a span is read again and again and not ended', async () => {
  const backfill = deploy([streamOf()]);

  const { output, reads } = await backfill(
    { from: '2026-03-30T00:00:00Z', to: '2026-03-31T00:00:00Z' },
    (span): BackfillLeft => ({ ...span, done: false }),
  );

  expect(output).toMatchObject({ cause: { name: 'SpanTooLong' } });
  expect(reads).toHaveLength(MOST_HOPS);
});

test.each([
  [{ from: '2026-03-30T00:00:00Z', to: '2026-03-30T00:00:00Z' }, /from is not before to/],
  [{ from: '2026-03-30T00:00:00Z', to: '2027-01-01T00:00:00Z' }, /to lies in the future/],
  [{ from: '2026-03-30T00:00:00Z', to: '2026-03-31T00:00:00Z', tenants: ['nobody'] }, /tenants are not all configured/],
])('fails before anything is read when asked for %j', async (request, message) => {
  const backfill = deploy();

  const { output, reads } = await backfill(request);

  expect(output).toMatchObject({ code: 'configuration-invalid', message: expect.stringMatching(message) });
  expect(reads).toEqual([]);
});

test('the longest plan of the longest names fits through Step Functions', async () => {
  const backfill = deploy([streamOf({ stream: 'elevenlabs.conversations', tenant: 'x'.repeat(128) })]);
  const to = '2026-01-01T00:00:00.000Z';
  const plans = [899, 900, 901, 1000, 1001].map((days) => new Date(Date.parse(to) - days * 24 * HOUR_MS).toISOString());

  const ends = await Promise.all(plans.map((from) => backfill({ from, to })));

  expect(ends.map(({ output }) => output)).toEqual(ends.map(({ reads }) => ({ spans: reads.length })));
  expect(ends.map(({ reads }) => reads.at(-1)?.to)).toEqual(plans.map(() => to));
});
