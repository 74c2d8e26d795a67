import { Match, type Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Resource, resourcesOf } from './support/resources-of.ts';
import { stackOf, streamOf } from './support/stack-of.ts';

describe('the stack of the example', () => {
  let template: Template;
  beforeAll(() => {
    template = stackOf().template;
  });

  test('the lake is kept, versioned, encrypted, closed to the public, and tells EventBridge', () => {
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        VersioningConfiguration: { Status: 'Enabled' },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
        LifecycleConfiguration: {
          Rules: [
            Match.objectLike({ NoncurrentVersionExpiration: { NoncurrentDays: 30 }, Status: 'Enabled' }),
            Match.objectLike({ Prefix: 'convlake_runs/', Status: 'Enabled' }),
            Match.objectLike({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' }),
          ],
        },
      },
    });
  });

  test('of the lake no current version ever expires but run reports, when their table has stopped showing them', () => {
    const [lake] = [...resourcesOf(template, 'AWS::S3::Bucket')].filter(([id]) => id.startsWith('Lake'));
    const rules = JSON.stringify(lake).match(/{[^{}]*"Expiration(?:InDays|Date)"[^{}]*}/g) ?? [];
    const [, shown] =
      /"projection\.dt\.range":"NOW-(\d+)DAYS/.exec(JSON.stringify(template.findResources('AWS::Glue::Table'))) ?? [];

    expect(rules.map((rule) => JSON.parse(rule))).toEqual([
      { ExpirationInDays: Number(shown), Id: 'RunReportsGo', Prefix: 'convlake_runs/', Status: 'Enabled' },
    ]);
  });

  test('both buckets refuse requests without TLS', () => {
    template.resourcePropertiesCountIs(
      'AWS::S3::BucketPolicy',
      {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          ]),
        },
      },
      2,
    );
  });

  test('buckets and their policies stay when the stack goes, and go when the deploy that creates them fails', () => {
    const kept = ['AWS::S3::Bucket', 'AWS::S3::BucketPolicy'].flatMap((type) => [
      ...resourcesOf(template, type).values(),
    ]);

    expect(kept.map(({ Type, DeletionPolicy }) => `${Type} ${DeletionPolicy}`)).toEqual([
      'AWS::S3::Bucket RetainExceptOnCreate',
      'AWS::S3::Bucket RetainExceptOnCreate',
      'AWS::S3::BucketPolicy RetainExceptOnCreate',
      'AWS::S3::BucketPolicy RetainExceptOnCreate',
    ]);
  });

  test('cannot be deleted by mistake', () => {
    expect(stackOf().stack.terminationProtection).toBe(true);
  });

  test('results of Athena go after a week, files of backfills when nothing can be redriven any more', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: {
        Rules: [
          Match.objectLike({ Prefix: 'results/', ExpirationInDays: 7 }),
          Match.objectLike({ Prefix: 'backfills/', ExpirationInDays: 90 }),
        ],
      },
    });
  });

  test('there is one export function per source, each with an asset and a role of its own', () => {
    const functions = [...resourcesOf(template, 'AWS::Lambda::Function').values()].filter(({ Properties }) =>
      String(Properties['Description']).startsWith('Exports'),
    );
    const names = functions.map(({ Properties }) => Properties['FunctionName']);
    const distinct = (of: (properties: Readonly<Record<string, unknown>>) => unknown) =>
      new Set(functions.map(({ Properties }) => JSON.stringify(of(Properties)))).size;

    expect(names).toEqual([
      'convlake-dev-crescendo',
      'convlake-dev-salesloft',
      'convlake-dev-voiceable',
      'convlake-dev-elevenlabs',
    ]);
    expect(distinct((properties) => properties['Code'])).toBe(4);
    expect(distinct((properties) => properties['Role'])).toBe(4);
  });

  test('an export function has the time, the disk and the leave to continue itself that runs need', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'convlake-dev-crescendo',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: 900,
      MemorySize: 1024,
      EphemeralStorage: { Size: 4096 },
      RecursiveLoop: 'Allow',
      Environment: {
        Variables: {
          STAGE: 'dev',
          LAKE_BUCKET: Match.anyValue(),
          LAKE_PREFIX: '',
          EVENT_BUS: 'default',
          GZIP_LEVEL: '6',
        },
      },
    });
  });

  test('no credential and no name of one is in the environment of a function', () => {
    const environments = [...resourcesOf(template, 'AWS::Lambda::Function').values()].map(
      ({ Properties }) => Properties['Environment'],
    );

    expect(JSON.stringify(environments)).not.toMatch(/API_KEY|secret|tenant/i);
  });

  test('invocations that fail for good end in the dead-letter queue, those of schedules too', () => {
    const invocations = [...resourcesOf(template, 'AWS::Lambda::EventInvokeConfig').values()];
    const schedules = [...resourcesOf(template, 'AWS::Scheduler::Schedule').values()];
    const withQueue = JSON.stringify(template.findResources('AWS::SQS::Queue')).match(/DeadLetters\w+/)?.[0];

    expect(invocations.filter(({ Properties }) => JSON.stringify(Properties).includes(String(withQueue)))).toHaveLength(
      5,
    );
    expect(schedules.every(({ Properties }) => JSON.stringify(Properties).includes(String(withQueue)))).toBe(true);
    template.hasResourceProperties('AWS::SQS::Queue', {
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 1_209_600,
    });
  });

  test('each stream has one schedule, with bounded tries and a flexible window, that says the stream alone', () => {
    const schedules = [...resourcesOf(template, 'AWS::Scheduler::Schedule').values()].map(
      ({ Properties }) => Properties,
    );

    expect(schedules.map((schedule) => schedule['Name']).toSorted()).toEqual([
      'crescendo.botconv',
      'crescendo.vocconv',
      'elevenlabs.conversations',
      'salesloft.conversations',
      'voiceable.conversations',
      'watch',
    ]);
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      Name: 'crescendo.vocconv',
      ScheduleExpression: 'rate(1 hour)',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 },
      State: 'ENABLED',
      Target: {
        Input: '{"stream":"crescendo.vocconv"}',
        RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 5 },
        DeadLetterConfig: { Arn: Match.anyValue() },
      },
    });
  });

  test('a schedule waits for the alarms of its stream and for the watch', () => {
    const [schedule] = [...resourcesOf(template, 'AWS::Scheduler::Schedule').values()].filter(
      ({ Properties }) => Properties['Name'] === 'salesloft.conversations',
    );
    const awaited = schedule?.DependsOn ?? [];

    expect(awaited.filter((id) => id.startsWith('Alarmssalesloftconversations'))).toHaveLength(9);
    expect(awaited.some((id) => id.startsWith('WatchSchedule'))).toBe(true);
  });

  test('no schedule starts anything before the lake, the tables and the rights of both roles are there', () => {
    const policies = [...resourcesOf(template, 'AWS::IAM::Policy')];
    for (const { Properties, DependsOn = [] } of resourcesOf(template, 'AWS::Scheduler::Schedule').values()) {
      const target = JSON.stringify(Properties['Target']);
      const roleOf = ({ Properties: { Roles } }: Resource) => /"Ref":"(\w+)"/.exec(JSON.stringify(Roles))?.[1] ?? '';
      const ofSchedule = policies.filter(([, policy]) => target.includes(`"${roleOf(policy)}"`)).map(([id]) => id);
      const handler = /"((?:Export|Watch)\w*?Handler)Function/.exec(target)?.[1] ?? 'no handler';
      const ofHandler = policies.filter(([id]) => id.startsWith(handler)).map(([id]) => id);

      expect([ofSchedule.length, ofHandler.length]).toEqual([1, 1]);
      expect(DependsOn).toEqual(expect.arrayContaining([...ofSchedule, ...ofHandler]));
      if (Properties['Name'] === 'watch') continue;
      expect(DependsOn).toEqual(expect.arrayContaining([...resourcesOf(template, 'AWS::Glue::Table').keys()]));
      expect(DependsOn.filter((id) => /^Lake.*Policy/.test(id))).toHaveLength(1);
    }
  });

  test('no checkpoint and no secret is a resource, so no deploy can reset or show one', () => {
    template.resourceCountIs('AWS::SSM::Parameter', 0);
    template.resourceCountIs('AWS::SecretsManager::Secret', 0);
  });

  test('the outputs say what to type next', () => {
    const value = (name: string): unknown => template.findOutputs(name)[name]?.['Value'];

    expect(value('Step1Credential1')).toBe(
      'read -rs KEY && aws secretsmanager create-secret --name convlake/dev/crescendo/tenant-alpha --secret-string "$KEY"',
    );
    expect(value('Step1Credential4')).toMatch(/elevenlabs\/support-line/);
    expect(value('Step1Credential5')).toBeUndefined(); // two streams of one tenant share their credential
    expect(value('Step3FirstRun')).toContain(
      `--function-name convlake-dev-crescendo --payload '{"stream":"crescendo.vocconv"}'`,
    );
    expect(value('Step4FirstQuery')).toContain('FROM crescendo_vocconv WHERE dt >=');
    expect(JSON.stringify(value('Step5Backfill'))).toContain('aws stepfunctions start-execution');
  });

  test('the outputs name the roles that write the lake, as policies of others do before there is one', () => {
    const roles = Object.entries(template.findOutputs('*')).filter(([name]) => name.startsWith('RoleOf'));

    expect(roles.map(([name, output]) => [name, JSON.stringify(output['Value'])])).toEqual(
      ['Crescendo', 'Salesloft', 'Voiceable', 'Elevenlabs'].map((source) => [
        `RoleOf${source}`,
        expect.stringContaining(`Export${source.toLowerCase()}HandlerRole`),
      ]),
    );
    template.hasResourceProperties('AWS::IAM::Role', {
      RoleName: { 'Fn::Join': ['', ['convlake-dev-crescendo-', { Ref: 'AWS::Region' }]] },
    });
  });

  test('keys can be put before the deploy: what to type is plain text in the template, without anything that a deploy makes', () => {
    const { template: told } = stackOf({
      streams: [
        streamOf(),
        streamOf({ tenant: 'tenant-beta', credential: 'ssm:/vendors/crescendo' }),
        streamOf({ tenant: 'tenant-gamma', credential: 'secret:crescendo/key' }),
      ],
    });
    const commands = Object.entries(told.findOutputs('*'))
      .filter(([name]) => name.startsWith('Step1Credential'))
      .map(([, output]) => output['Value']);

    expect(commands).toEqual([
      'read -rs KEY && aws secretsmanager create-secret --name convlake/dev/crescendo/tenant-alpha --secret-string "$KEY"',
      'read -rs KEY && aws ssm put-parameter --type SecureString --name /vendors/crescendo --value "$KEY"',
      'read -rs KEY && aws secretsmanager create-secret --name crescendo/key --secret-string "$KEY"',
    ]);
  });

  test('log groups are kept for a while, not for ever', () => {
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
  });
});
