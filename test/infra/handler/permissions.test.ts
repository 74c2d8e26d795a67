import { runSimulation } from '@cloud-copilot/iam-simulate';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { place, policiesOf } from '../support/as-deployed.ts';
import { resourcesOf } from '../support/resources-of.ts';
import { stackOf, streamOf } from '../support/stack-of.ts';

const bucket = `arn:aws:s3:::${place.bucket}`;
const regional = (service: string, rest: string) => `arn:aws:${service}:${place.region}:${place.account}:${rest}`;
const parameter = (name: string) => regional('ssm', `parameter/convlake/dev/${name}`);
const secret = (name: string) => regional('secretsmanager', `secret:${name}-AbCdEf`);

const keyPolicy = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${place.account}:root` }, Action: 'kms:*', Resource: '*' },
  ],
};

/** What a role of the template is allowed, as IAM would decide it. */
async function decision(
  template: Template,
  role: string,
  action: string,
  resource: string,
  contextVariables: Record<string, string | string[]> = {},
): Promise<string> {
  const policies = policiesOf(template, role);
  const simulated = await runSimulation(
    {
      identityPolicies: [...policies],
      serviceControlPolicies: [
        {
          orgIdentifier: 'ou-1',
          policies: [
            {
              name: 'All',
              policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
            },
          ],
        },
      ],
      resourceControlPolicies: [],
      // A key answers to its own policy first; the usual one leaves the rest to IAM.
      ...(action.startsWith('kms:') && { resourcePolicy: keyPolicy }),
      request: {
        action,
        principal: `arn:aws:iam::${place.account}:role/${role}`,
        resource: { accountId: place.account, resource },
        // S3 says whose the bucket is.
        contextVariables: {
          ...(action.startsWith('s3:') && { 'aws:ResourceAccount': place.account }),
          ...contextVariables,
        },
      },
    },
    {},
  );
  if (simulated.resultType === 'error') throw new Error(JSON.stringify(simulated.errors));
  return simulated.overallResult;
}

const oversized = `${bucket}/crescendo_vocconv_oversized/tenant=tenant-alpha/dt=2026-01-01/0a-0b.json.gz`;
const crescendo = 'ExportcrescendoHandlerRole';

let template: Template;
beforeAll(() => {
  template = stackOf().template;
});

describe('the function of a source with details', () => {
  const revisits = (table: string) => `${bucket}/${table}_revisits/tenant=tenant-alpha/revisits.ndjson.gz`;
  const withDetails = () =>
    stackOf({
      streams: ['elevenlabs.conversations' as const, 'elevenlabs.transcripts' as const].map((stream) =>
        streamOf({ stream }),
      ),
    }).template;
  const decided = (action: string, resource: string) =>
    decision(withDetails(), 'ExportelevenlabsHandlerRole', action, resource);

  test('may read and replace what is to be asked for again of its own details, and not remove it', async () => {
    expect(await decided('s3:GetObject', revisits('elevenlabs_transcripts'))).toBe('Allowed');
    expect(await decided('s3:PutObject', revisits('elevenlabs_transcripts'))).toBe('Allowed');
    expect(await decided('s3:DeleteObject', revisits('elevenlabs_transcripts'))).toBe('ImplicitlyDenied');
    expect(await decided('s3:PutObject', revisits('elevenlabs_conversations'))).toBe('ImplicitlyDenied');
    expect(await decided('s3:PutObject', revisits('voiceable_transcripts'))).toBe('ImplicitlyDenied');
  });
});

describe('the function of crescendo', () => {
  test.each([
    ['s3:GetObject', `${bucket}/crescendo_vocconv/tenant=tenant-alpha/dt=2026-01-01/2026-01-01.ndjson.gz`],
    ['s3:PutObject', `${bucket}/crescendo_botconv/tenant=tenant-alpha/dt=2026-01-01/2026-01-01.ndjson.gz`],
    ['s3:AbortMultipartUpload', `${bucket}/crescendo_vocconv/tenant=other/dt=2026-01-01/2026-01-01.ndjson.gz`],
    ['s3:PutObject', `${bucket}/convlake_runs/source=crescendo/tenant=tenant-alpha/dt=2026-01-01/vocconv-run.ndjson`],
    ['s3:GetObject', oversized],
    ['s3:PutObject', oversized],
    ['s3:AbortMultipartUpload', oversized],
    ['s3:DeleteObject', oversized],
    ['ssm:GetParameter', parameter('crescendo/vocconv/tenant-alpha')],
    ['ssm:GetParameters', parameter('crescendo/vocconv/tenant-alpha')],
    ['ssm:GetParameters', parameter('crescendo/vocconv/tenant-alpha/rewind')],
    ['ssm:PutParameter', parameter('crescendo/vocconv/tenant-alpha')],
    ['sqs:SendMessage', regional('sqs', 'DeadLettersBBF8BAAB')],
    ['ssm:PutParameter', parameter('crescendo/vocconv/rewind')], // a tenant may be called so
    ['ssm:GetParameter', parameter('crescendo/vocconv/tenant-alpha/rewind')],
    ['secretsmanager:GetSecretValue', secret('convlake/dev/crescendo/tenant-alpha')],
    ['lambda:InvokeFunction', regional('lambda', 'function:convlake-dev-crescendo')],
  ])('may %s %s', async (action, resource) => {
    expect(await decision(template, crescendo, action, resource)).toBe('Allowed');
  });

  test.each([
    ['s3:GetObject', `${bucket}/salesloft_conversations/tenant=sales-team/dt=2026-01-01/2026-01-01.ndjson.gz`],
    ['s3:PutObject', `${bucket}/salesloft_conversations/tenant=sales-team/dt=2026-01-01/2026-01-01.ndjson.gz`],
    ['s3:PutObject', `${bucket}/convlake_runs/source=salesloft/tenant=sales-team/dt=2026-01-01/run.ndjson`],
    ['s3:PutObject', `${bucket}/crescendo_vocconv_raw/x`],
    ['s3:DeleteObject', `${bucket}/crescendo_vocconv/tenant=tenant-alpha/dt=2026-01-01/2026-01-01.ndjson.gz`],
    ['s3:DeleteObject', `${bucket}/salesloft_conversations_oversized/tenant=sales-team/dt=2026-01-01/0a-0b.json.gz`],
    ['s3:PutObject', `${bucket}/salesloft_conversations_oversized/tenant=sales-team/dt=2026-01-01/0a-0b.json.gz`],
    ['s3:PutBucketPolicy', bucket],
    ['ssm:GetParameter', parameter('salesloft/conversations/sales-team')],
    ['ssm:GetParameters', parameter('salesloft/conversations/sales-team')],
    ['ssm:PutParameter', parameter('salesloft/conversations/sales-team')],
    ['ssm:GetParameter', regional('ssm', 'parameter/convlake/prod/crescendo/vocconv/tenant-alpha')],
    ['secretsmanager:GetSecretValue', secret('convlake/dev/salesloft/sales-team')],
    ['secretsmanager:GetSecretValue', secret('convlake/prod/crescendo/tenant-alpha')],
    ['secretsmanager:PutSecretValue', secret('convlake/dev/crescendo/tenant-alpha')],
    ['lambda:InvokeFunction', regional('lambda', 'function:convlake-dev-salesloft')],
    // Nothing in functions/ does these.
    ['s3:ListMultipartUploadParts', `${bucket}/crescendo_vocconv/tenant=other/dt=2026-01-01/2026-01-01.ndjson.gz`],
    ['ssm:DeleteParameter', parameter('crescendo/vocconv/tenant-alpha')],
    ['ssm:GetParametersByPath', parameter('crescendo/vocconv')],
    ['sqs:GetQueueAttributes', regional('sqs', 'DeadLettersBBF8BAAB')],
    ['sqs:ReceiveMessage', regional('sqs', 'DeadLettersBBF8BAAB')],
  ])('may not %s %s', async (action, resource) => {
    expect(await decision(template, crescendo, action, resource)).toBe('ImplicitlyDenied');
  });

  test.each(['ssm:PutParameter', 'ssm:DeleteParameter'])(
    'may not %s a rewind, which is a word of people',
    async (action) => {
      const rewind = parameter('crescendo/vocconv/tenant-alpha/rewind');

      expect(await decision(template, crescendo, action, rewind)).toBe('ExplicitlyDenied');
    },
  );

  test('may list its own prefixes, which is what makes an absent object a 404', async () => {
    const listing = (prefix: string) => decision(template, crescendo, 's3:ListBucket', bucket, { 's3:prefix': prefix });

    expect(await listing('crescendo_vocconv_oversized/tenant=tenant-alpha/dt=2026-01-01/')).toBe('Allowed');
    expect(await listing('salesloft_conversations_oversized/tenant=sales-team/dt=2026-01-01/')).toBe(
      'ImplicitlyDenied',
    );
    expect(await listing('crescendo_vocconv/tenant=tenant-alpha/dt=2026-01-01/2026-01-01.ndjson.gz')).toBe('Allowed');
    expect(await listing('salesloft_conversations/tenant=sales-team/')).toBe('ImplicitlyDenied');
    expect(await listing('')).toBe('ImplicitlyDenied');
    expect(await decision(template, crescendo, 's3:ListBucket', bucket)).toBe('ImplicitlyDenied');
  });

  test('may send events of convlake only', async () => {
    const bus = regional('events', 'event-bus/default');
    const sending = (source: string) =>
      decision(template, crescendo, 'events:PutEvents', bus, { 'events:source': [source] });

    expect(await sending('convlake')).toBe('Allowed');
    expect(await sending('somebody.else')).toBe('ImplicitlyDenied');
  });
});

describe('other roles', () => {
  test('the watch may read all checkpoints of its stage and write none', async () => {
    const may = (action: string, resource: string) => decision(template, 'WatchHandlerRole', action, resource);

    expect(await may('ssm:GetParameters', parameter('salesloft/conversations/sales-team'))).toBe('Allowed');
    expect(await may('ssm:PutParameter', parameter('salesloft/conversations/sales-team'))).toBe('ImplicitlyDenied');
    expect(await may('ssm:GetParametersByPath', parameter('salesloft'))).toBe('ImplicitlyDenied');
    expect(await may('ssm:GetParameter', regional('ssm', 'parameter/convlake/prod/salesloft/conversations/x'))).toBe(
      'ImplicitlyDenied',
    );
    expect(await may('s3:GetObject', `${bucket}/crescendo_vocconv/x`)).toBe('ImplicitlyDenied');
  });

  test('the backfill may invoke the functions, and start executions of itself alone', async () => {
    const may = (action: string, resource: string) => decision(template, 'BackfillRole', action, resource);

    expect(await may('lambda:InvokeFunction', regional('lambda', 'function:convlake-dev-crescendo'))).toBe('Allowed');
    expect(await may('lambda:InvokeFunction', regional('lambda', 'function:another'))).toBe('ImplicitlyDenied');
    expect(await may('states:StartExecution', regional('states', 'stateMachine:convlake-dev-backfill'))).toBe(
      'Allowed',
    );
    expect(await may('states:StartExecution', regional('states', 'stateMachine:another'))).toBe('ImplicitlyDenied');
  });

  test.each(['BackfillRole', 'BackfillPlanRole'])(
    '%s reaches the files of backfills, and nothing else in S3',
    async (role) => {
      const may = (action: string, resource: string) => decision(template, role, action, resource);
      const files = 'arn:aws:s3:::results-bucket/backfills/an-execution/1/items.json';

      expect(await may('s3:GetObject', files)).toBe('Allowed');
      expect(await may('s3:PutObject', files)).toBe('Allowed');
      expect(await may('s3:DeleteObject', files)).toBe('ImplicitlyDenied');
      expect(await may('s3:GetObject', 'arn:aws:s3:::results-bucket/results/x')).toBe('ImplicitlyDenied');
      expect(await may('s3:GetObject', `${bucket}/crescendo_vocconv/x`)).toBe('ImplicitlyDenied');
      expect(await may('s3:PutObject', `${bucket}/backfills/x`)).toBe('ImplicitlyDenied');
    },
  );

  test('the map of the backfill may write its results in parts', async () => {
    const files = 'arn:aws:s3:::results-bucket/backfills/an-execution/1/run/SUCCEEDED_0.json';

    for (const action of ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts']) {
      expect(await decision(template, 'BackfillRole', action, files)).toBe('Allowed');
    }
  });
});

describe("a stranger's bucket that has the lake's name", () => {
  const stranger = { 'aws:ResourceAccount': '999999999999' };
  const listing = { ...stranger, 's3:prefix': 'crescendo_vocconv/' };

  test.each([
    ['s3:ListBucket', bucket, listing],
    ['s3:GetObject', `${bucket}/crescendo_vocconv/x`, stranger],
    ['s3:PutObject', `${bucket}/crescendo_vocconv/x`, stranger],
    ['s3:DeleteObject', oversized, stranger],
  ])('may not be reached: %s', async (action, resource, context) => {
    const own = { ...context, 'aws:ResourceAccount': place.account };

    expect(await decision(template, crescendo, action, resource, context)).toBe('ImplicitlyDenied');
    expect(await decision(template, crescendo, action, resource, own)).toBe('Allowed');
  });

  test('nor by backfills, whose files lie in a bucket of the stack', async () => {
    const files = 'arn:aws:s3:::results-bucket/backfills/an-execution/1/items.json';

    for (const role of ['BackfillRole', 'BackfillPlanRole']) {
      expect(await decision(template, role, 's3:PutObject', files, stranger)).toBe('ImplicitlyDenied');
    }
  });
});

describe('a configuration that says where things are', () => {
  test('a bucket of another account is reached there alone, and the functions say so in every request', async () => {
    const theirs = '999999999999';
    const { template: told } = stackOf({ lake: 's3://their-bucket' }, { bucketOwner: theirs });
    const object = 'arn:aws:s3:::their-bucket/crescendo_vocconv/x';

    const inTheirs = await decision(told, crescendo, 's3:PutObject', object, { 'aws:ResourceAccount': theirs });
    expect(inTheirs).toBe('Allowed');
    expect(await decision(told, crescendo, 's3:PutObject', object)).toBe('ImplicitlyDenied');
    told.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ LAKE_BUCKET: 'their-bucket', LAKE_OWNER: theirs }) },
    });
  });

  test('credentials by name are granted by name, a lake with a prefix below the prefix', async () => {
    const { template: told } = stackOf({
      lake: 's3://their-bucket/conv/lake',
      streams: [
        streamOf({ credential: 'secret:crescendo/key' }),
        streamOf({ tenant: 'tenant-beta', credential: 'ssm:/vendors/crescendo' }),
      ],
    });
    const may = (action: string, resource: string) => decision(told, crescendo, action, resource);

    expect(await may('secretsmanager:GetSecretValue', secret('crescendo/key'))).toBe('Allowed');
    expect(await may('secretsmanager:GetSecretValue', secret('crescendo/key-of-another'))).toBe('ImplicitlyDenied');
    expect(await may('secretsmanager:GetSecretValue', secret('convlake/dev/crescendo/tenant-alpha'))).toBe(
      'ImplicitlyDenied',
    );
    expect(await may('ssm:GetParameter', regional('ssm', 'parameter/vendors/crescendo'))).toBe('Allowed');
    expect(await may('s3:PutObject', 'arn:aws:s3:::their-bucket/conv/lake/crescendo_vocconv/x')).toBe('Allowed');
    expect(await may('s3:PutObject', 'arn:aws:s3:::their-bucket/crescendo_vocconv/x')).toBe('ImplicitlyDenied');
  });

  describe('with hundreds of credentials of their own names', () => {
    const credentialOf = (index: number) => `vendors/crescendo/customers/customer-${index}`;
    const many = (count: number) =>
      stackOf({
        streams: Array.from({ length: count }, (_, index) =>
          streamOf({
            tenant: `tenant-${index}`,
            credential: index % 4 === 3 ? `ssm:/${credentialOf(index)}` : `secret:${credentialOf(index)}`,
          }),
        ),
      });

    test('the role may read each, by policies that IAM takes, most of them full', async () => {
      const { template: told, app } = many(400);
      const policies = policiesOf(told, crescendo).filter(({ name }) => name.includes('Overflow'));
      const sizes = policies.map(({ policy }) => JSON.stringify(policy).length);

      expect(policies.length).toBeLessThanOrEqual(8);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(6144);
      expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(5000);
      for (const index of [0, 200, 398]) {
        expect(await decision(told, crescendo, 'secretsmanager:GetSecretValue', secret(credentialOf(index)))).toBe(
          'Allowed',
        );
      }
      const last = regional('ssm', `parameter/${credentialOf(399)}`);
      expect(await decision(told, crescendo, 'ssm:GetParameter', last)).toBe('Allowed');
      expect(await decision(told, crescendo, 'ssm:GetParameter', `${last}0`)).toBe('ImplicitlyDenied');
      expect(app.synth().stacks[0]?.messages.filter(({ level }) => level !== 'info')).toEqual([]);
    });

    test('fails at synth for more than a role can hold, and says what takes one right for all', () => {
      expect(() => many(900)).toThrow(
        /^the configuration cannot be deployed:\n- crescendo: the names of its 900 credentials fill \d\d policies, and a role has 10 at most; call them convlake\/dev\/crescendo\/…/,
      );
    });
  });

  describe('with a key', () => {
    const kmsKeyArn = regional('kms', 'key/11111111-2222-3333-4444-555555555555');
    let encrypted: Template;
    beforeAll(() => {
      encrypted = stackOf({}, { kmsKeyArn }).template;
    });
    const may = (role: string, action: string, service?: string, key = kmsKeyArn) =>
      decision(encrypted, role, action, key, service === undefined ? {} : { 'kms:ViaService': service });

    test.each(['kms:GenerateDataKey', 'kms:Decrypt'])(
      'a function may %s through S3 and SQS, not by itself',
      async (action) => {
        expect(await may(crescendo, action, 's3.eu-central-1.amazonaws.com')).toBe('Allowed');
        expect(await may(crescendo, action, 'sqs.eu-central-1.amazonaws.com')).toBe('Allowed');
        expect(await may(crescendo, action, 'secretsmanager.eu-central-1.amazonaws.com')).toBe('ImplicitlyDenied');
        expect(await may(crescendo, action)).toBe('ImplicitlyDenied');
        expect(await may(crescendo, action, 's3.eu-central-1.amazonaws.com', regional('kms', 'key/another'))).toBe(
          'ImplicitlyDenied',
        );
      },
    );

    test('whatever sends dead letters may encrypt them: the watch and the roles of all schedules', async () => {
      const roles = [...resourcesOf(encrypted, 'AWS::IAM::Role').keys()];
      const senders = roles.filter(
        (id) => id.startsWith('SchedulerRoleForTarget') || id.startsWith('WatchHandlerRole'),
      );

      expect(senders).toHaveLength(6);
      for (const role of senders) {
        expect(await may(role, 'kms:GenerateDataKey', 'sqs.eu-central-1.amazonaws.com')).toBe('Allowed');
        expect(await may(role, 'kms:Decrypt', 's3.eu-central-1.amazonaws.com')).toBe('ImplicitlyDenied');
      }
    });
  });
});
