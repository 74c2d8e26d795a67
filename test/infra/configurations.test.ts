import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import type { ConfigurationInput } from '../../contract/configuration/define-config.ts';
import { resourceCount, resourcesOf } from './support/resources-of.ts';
import { stackOf, streamOf } from './support/stack-of.ts';

describe('other configurations', () => {
  test('an existing database takes the tables, and is neither made nor removed', () => {
    const { template } = stackOf({}, { glueDatabase: 'analytics' });
    const tables = [...resourcesOf(template, 'AWS::Glue::Table').values()].map(({ Properties }) => Properties);

    expect([...resourcesOf(template, 'AWS::Glue::Database')]).toEqual([]);
    expect(new Set(tables.map((table) => table['DatabaseName']))).toEqual(new Set(['analytics']));
    template.allResourcesProperties('AWS::Athena::NamedQuery', { Database: 'analytics' });
    template.hasOutput('Step4FirstQuery', { Value: Match.stringLikeRegexp('Database=analytics ') });
    expect(viewSchemas(tables)).toEqual(new Set(['analytics']));
  });

  test('readers are granted the database and all of its tables by Lake Formation, whatever their order', () => {
    const [analyst, user] = ['arn:aws:iam::123456789012:role/analyst', 'arn:aws:iam::123456789012:user/team/ann'];
    const grantsFor = (lakeFormationReaders: string) =>
      Object.entries(
        stackOf({}, { lakeFormationReaders }).template.findResources('AWS::LakeFormation::PrincipalPermissions'),
      );

    const [database, ...tables] = grantsFor(analyst).map(([, { Properties }]) => Properties);
    const granted = tables.map(({ Resource }) => Resource.Table.Name);

    expect(granted.toSorted()).toEqual(
      [...resourcesOf(stackOf().template, 'AWS::Glue::Table').values()]
        .map(({ Properties }) => JSON.parse(JSON.stringify(Properties['TableInput'])).Name)
        .toSorted(),
    );
    expect([database, tables.find(({ Resource }) => Resource.Table.Name === 'crescendo_vocconv_raw')]).toEqual([
      {
        Catalog: { Ref: 'AWS::AccountId' },
        Principal: { DataLakePrincipalIdentifier: analyst },
        Permissions: ['DESCRIBE'],
        PermissionsWithGrantOption: [],
        Resource: { Database: { CatalogId: { Ref: 'AWS::AccountId' }, Name: 'convlake_dev' } },
      },
      {
        Catalog: { Ref: 'AWS::AccountId' },
        Principal: { DataLakePrincipalIdentifier: analyst },
        Permissions: ['SELECT', 'DESCRIBE'],
        PermissionsWithGrantOption: [],
        Resource: {
          Table: {
            CatalogId: { Ref: 'AWS::AccountId' },
            DatabaseName: 'convlake_dev',
            Name: 'crescendo_vocconv_raw',
          },
        },
      },
    ]);
    const byId = (grants: ReturnType<typeof grantsFor>) => Object.fromEntries(grants);
    expect(byId(grantsFor(`${user},${analyst}`))).toEqual(byId(grantsFor(`${analyst},${user}`)));
    expect(byId(grantsFor(`${user},${analyst}`))).toMatchObject(byId(grantsFor(analyst)));
    expect(stackOf().template.findResources('AWS::LakeFormation::PrincipalPermissions')).toEqual({});
  });

  test('runs that may go on at the same time can be reserved for each export function, and are not by default', () => {
    const reserved = (template: Template) =>
      [...resourcesOf(template, 'AWS::Lambda::Function').values()].map(({ Properties }) => [
        Properties['FunctionName'],
        Properties['ReservedConcurrentExecutions'],
      ]);
    const streams = [streamOf()];

    expect(reserved(stackOf({ streams }, { reservedConcurrency: '5' }).template)).toEqual([
      ['convlake-dev-crescendo', 5],
      ['convlake-dev-watch', undefined],
      ['convlake-dev-backfill-plan', undefined],
    ]);
    expect(reserved(stackOf({ streams }).template).flat()).not.toContain(5);
  });

  test('a stream of which no tenant is enabled loses its schedule and alarms, and keeps function and tables', () => {
    const { template } = stackOf({
      streams: [streamOf({ enabled: false }), streamOf({ stream: 'crescendo.botconv' })],
    });
    const names = [...resourcesOf(template, 'AWS::Scheduler::Schedule').values()].map(
      ({ Properties }) => Properties['Name'],
    );
    const alarms = JSON.stringify(template.findResources('AWS::CloudWatch::Alarm'));

    expect(names).toEqual(expect.arrayContaining(['crescendo.botconv', 'watch']));
    expect(names).not.toContain('crescendo.vocconv');
    expect(alarms).not.toContain('convlake-dev crescendo.vocconv');
    template.hasResourceProperties('AWS::Lambda::Function', { FunctionName: 'convlake-dev-crescendo' });
    template.hasResourceProperties('AWS::Glue::Table', { TableInput: Match.objectLike({ Name: 'crescendo_vocconv' }) });
  });

  test('a rate of a few minutes has no flexible window', () => {
    const { template } = stackOf({ streams: [streamOf({ every: '3 minutes' })] });

    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(3 minutes)',
      FlexibleTimeWindow: { Mode: 'OFF' },
    });
  });

  test('a lake on S3 leaves its bucket as it is, and says what its owner sees to', () => {
    const { template } = stackOf({ lake: 's3://their-bucket/conv/' });

    expect([...resourcesOf(template, 'AWS::S3::Bucket').keys()].filter((id) => id.startsWith('Lake'))).toEqual([]);
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'convlake-dev-crescendo',
      Environment: { Variables: Match.objectLike({ LAKE_BUCKET: 'their-bucket', LAKE_PREFIX: 'conv' }) },
    });
    template.hasOutput('LakeLocation', { Value: 's3://their-bucket/conv' });
    template.hasOutput('LakeIsYours', { Value: Match.stringLikeRegexp('versioning and EventBridge') });
  });

  test('a key encrypts the lake, results, logs, dead letters and alarms, and is the only one; an address is told of alarms', () => {
    const kmsKeyArn = 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555';
    const { template } = stackOf({}, { kmsKeyArn, alarmEmail: 'ops@example.com' });
    const properties = (type: string) => [...resourcesOf(template, type).values()].map(({ Properties }) => Properties);

    expect(properties('AWS::KMS::Key')).toEqual([]);
    expect(properties('AWS::Logs::LogGroup').map((log) => log['KmsKeyId'])).toEqual(Array(7).fill(kmsKeyArn));
    expect(properties('AWS::SQS::Queue')).toEqual([expect.objectContaining({ KmsMasterKeyId: kmsKeyArn })]);
    expect(properties('AWS::SQS::Queue')[0]).not.toHaveProperty('SqsManagedSseEnabled');
    expect(properties('AWS::SNS::Topic')).toEqual([expect.objectContaining({ KmsMasterKeyId: kmsKeyArn })]);
    expect(properties('AWS::S3::Bucket')).toHaveLength(2);
    for (const bucket of properties('AWS::S3::Bucket')) {
      expect(JSON.stringify(bucket['BucketEncryption'])).toContain(`"KMSMasterKeyID":"${kmsKeyArn}"`);
    }
    template.hasResourceProperties('AWS::Athena::WorkGroup', {
      WorkGroupConfiguration: Match.objectLike({
        ResultConfiguration: Match.objectLike({
          EncryptionConfiguration: { EncryptionOption: 'SSE_KMS', KmsKey: kmsKeyArn },
        }),
      }),
    });

    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: kmsKeyArn },
          },
        ],
      },
    });
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'ops@example.com' });
  });

  test('five streams of a hundred tenants stay below 300 resources, 200 outputs and 1 MB', () => {
    const { template } = stackOf({ streams: fiveStreamsOf(100) });
    const text = JSON.stringify(template.toJSON());

    expect(resourceCount(template)).toBeLessThan(300);
    expect(Object.keys(template.findOutputs('*')).length).toBeLessThan(200);
    expect(text.length).toBeLessThan(1_000_000);
  });

  test('a hundred tenants take as many resources as one', () => {
    expect(resourceCount(stackOf({ streams: fiveStreamsOf(100) }).template)).toBe(
      resourceCount(stackOf({ streams: fiveStreamsOf(1) }).template),
    );
  });
});

const names = [
  'crescendo.vocconv',
  'crescendo.botconv',
  'salesloft.conversations',
  'voiceable.conversations',
  'elevenlabs.conversations',
] as const;

/** The schemas that the texts of views name. */
function viewSchemas(tables: readonly Readonly<Record<string, unknown>>[]): ReadonlySet<unknown> {
  const texts = [...JSON.stringify(tables).matchAll(/Presto View: ([\w+/=]+) /g)].map(([, base64 = '']) => base64);
  return new Set(texts.map((base64) => JSON.parse(Buffer.from(base64, 'base64').toString('utf8')).schema));
}

function fiveStreamsOf(tenants: number): ConfigurationInput['streams'] {
  return names.flatMap((stream) =>
    Array.from({ length: tenants }, (_, index) => streamOf({ stream, tenant: `tenant-${index + 1}` })),
  );
}
