import { describe, expect, test } from 'vitest';
import type { ConfigurationInput } from '../../../contract/configuration/define-config.ts';
import { parseConfiguration } from '../../../contract/configuration/parse-configuration.ts';
import { DeployError } from '../../../infra/deployment/deploy-error.ts';
import { type Deployment, planDeployment } from '../../../infra/deployment/deployment.ts';
import { stackOf, streamOf } from '../support/stack-of.ts';

/** What would be deployed for some streams. */
function deploymentOf(streams: ConfigurationInput['streams'], stage = 'prod'): Deployment {
  const parsed = parseConfiguration({ stage, lake: './lake', streams });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return planDeployment(parsed.configuration);
}

describe('what is deployed', () => {
  test('an environment variable of a terminal stands for a secret of stage, source and tenant', () => {
    const [source] = deploymentOf([streamOf({ credential: 'env:CRESCENDO_API_KEY' })]).sources;

    expect(source?.streams[0]?.credential).toEqual({
      kind: 'secret',
      name: 'convlake/prod/crescendo/tenant-alpha',
      label: 'secret:convlake/prod/crescendo/tenant-alpha',
    });
  });

  test('a folder as the lake means the bucket of the stack', () => {
    expect(deploymentOf([streamOf()]).lake).toEqual({ bucketName: undefined, prefix: '' });
  });

  test('two streams of a source share its function and keep their tables', () => {
    const { sources } = deploymentOf([streamOf(), streamOf({ stream: 'crescendo.botconv' })]);

    expect(sources.map(({ source, tables }) => [source, tables])).toEqual([
      ['crescendo', ['crescendo_vocconv', 'crescendo_botconv']],
    ]);
  });

  test('a stream of which no tenant is enabled runs never, one of which some are at their rate', () => {
    const { streams } = deploymentOf([
      streamOf({ enabled: false }),
      streamOf({ stream: 'crescendo.botconv', tenant: 'a', enabled: false, every: '5 minutes' }),
      streamOf({ stream: 'crescendo.botconv', tenant: 'b', every: '2 hours' }),
    ]);

    expect(streams.map(({ definition, everyMs }) => [definition.stream, everyMs])).toEqual([
      ['crescendo.vocconv', undefined],
      ['crescendo.botconv', 7_200_000],
    ]);
  });
});

describe('what cannot be deployed', () => {
  test('fails for a stage that cannot be part of a name', () => {
    expect(() => deploymentOf([streamOf()], 'Prod_1')).toThrow(
      new DeployError(
        'the configuration cannot be deployed:\n- stage: "Prod_1" cannot be part of the names of functions and databases; write 1 to 32 lower-case letters, digits and "-", with no "-" at either end',
      ),
    );
  });

  test('fails for tenants of one stream that are to run at different rates', () => {
    const streams = [streamOf({ tenant: 'a', every: '1 hour' }), streamOf({ tenant: 'b', every: '30 minutes' })];

    expect(() => deploymentOf(streams)).toThrow(
      new DeployError(
        'the configuration cannot be deployed:\n- crescendo.vocconv runs every 1 hour for a and every 30 minutes for b; one schedule starts a stream for all its tenants: give them the same "every"',
      ),
    );
  });

  test.each([
    ['90 seconds', 'crescendo.vocconv runs every 1 minute 30 seconds; schedules know whole minutes: write "2 minutes"'],
    ['2 days', 'crescendo.vocconv runs every 2 days; write "1 day" at most: the deep re-read is daily'],
  ])('fails for a rate of %s', (every, problem) => {
    expect(() => deploymentOf([streamOf({ every })])).toThrow(
      new DeployError(`the configuration cannot be deployed:\n- ${problem}`),
    );
  });

  test('says everything at once', () => {
    const streams = [streamOf({ every: '90 seconds' }), streamOf({ stream: 'crescendo.botconv', every: '2 days' })];

    expect(() => deploymentOf(streams, 'a.b')).toThrow(/stage: .*\n- crescendo\.vocconv .*\n- crescendo\.botconv /);
  });

  test('fails for options that are not valid, saying how to fix each', () => {
    expect(() =>
      stackOf(
        {},
        {
          alarmEmail: 'nobody',
          bucketOwner: 'us',
          kmsKeyArn: 'alias/lake',
          ...{
            quietDays: 'many',
            reservedConcurrency: '0',
            glueDatabase: 'My-Lake',
            lakeFormationReaders: 'role/analyst',
          },
        },
      ),
    ).toThrow(
      new DeployError(
        [
          "the stack's options are wrong:",
          '- alarmEmail: "nobody" is not an e-mail address; write one such as ops@example.com',
          '- bucketOwner: "us" is not an AWS account; write its twelve digits, quoted in cdk.context.json',
          '- kmsKeyArn: "alias/lake" is not the ARN of a key; write arn:aws:kms:<region>:<account>:key/<id>, not an alias',
          '- quietDays: "many" is out of range; write a number of days from 1 to 365',
          '- reservedConcurrency: "0" is not a number of runs; write a whole number from 1 on, and for nothing to run "enabled": false',
          '- glueDatabase: "My-Lake" is not a database that Athena can name; write lower-case letters, digits and "_"',
          '- lakeFormationReaders: "role/analyst" is not the ARN of a role or user; write arn:aws:iam::<account>:role/<name>, several with commas between',
        ].join('\n'),
      ),
    );
  });
});
