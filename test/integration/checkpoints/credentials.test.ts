import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { credentialProvider } from '../../../functions/secrets/credential-provider.ts';
import { fetchCredential } from '../../../functions/secrets/fetch-credential.ts';
import type { CredentialReference } from '../../../functions/secrets/stored-secret.ts';
import { startFakeAwsJson } from '../../support/aws/fake-aws-json.ts';

const SECRET = 'sk-live-0123456789';

async function emptyAws(env: Readonly<Record<string, string>> = {}) {
  const aws = await startFakeAwsJson();
  const clients = { env, secretsManager: () => aws.secretsManager, ssm: () => aws.ssm };
  return { aws, clients };
}

const reference = (kind: CredentialReference['kind'], name: string): CredentialReference => ({ kind, name });
const secret = reference('secret', 'convlake/prod/crescendo/a');
const parameter = reference('ssm', '/convlake/prod/key');

const missing = (recovery: string, message: RegExp) =>
  expect.objectContaining({ code: 'credential-missing', recovery, message: expect.stringMatching(message) });

describe('a credential', () => {
  test('comes from where its reference says', async () => {
    const { aws, clients } = await emptyAws({ KEY: 'from env' });
    aws.secrets.set(secret.name, 'from secret');
    aws.parameters.set(parameter.name, { value: 'from ssm', type: 'SecureString', version: 1 });

    const all = [reference('env', 'KEY'), secret, parameter].map((each) => fetchCredential(each, clients));

    expect(await Promise.all(all)).toEqual(['from env', 'from secret', 'from ssm']);
  });

  test('in the environment needs no AWS', async () => {
    const noAws = () => {
      throw new Error('a client was made');
    };

    const read = fetchCredential(reference('env', 'KEY'), { env: { KEY: SECRET }, secretsManager: noAws, ssm: noAws });

    expect(await read).toBe(SECRET);
  });

  test.each([
    [`${SECRET}\n`],
    [`${SECRET}\r\n`],
    [JSON.stringify({ apiKey: SECRET })],
    [JSON.stringify({ api_key: SECRET, owner: 'x' })],
    [JSON.stringify({ token: SECRET, note: 1 })],
    [JSON.stringify({ whatever: SECRET })],
    [` ${JSON.stringify({ apiKey: SECRET })}\n`],
  ])('is found in %j', async (stored) => {
    const { aws, clients } = await emptyAws();
    aws.secrets.set(secret.name, stored);

    expect(await fetchCredential(secret, clients)).toBe(SECRET);
  });

  test.each([
    ['', /is empty/],
    ['\n', /is empty/],
    [`{"apiKey":"${SECRET}"`, /begins like JSON and is not JSON/],
    [`{"a":"${SECRET}","b":"x"}`, /JSON with 2 fields, of which 0/],
    [`{"apiKey":"${SECRET}","token":"x"}`, /JSON with 2 fields, of which 2/],
    ['{}', /JSON with 0 fields/],
    [`{"apiKey":{"value":"${SECRET}"}}`, /holds no text/],
    ['{"apiKey":""}', /holds no text/],
    [Buffer.from(SECRET), /is binary/],
  ])('fails to be found in %j, without a word of it', async (stored, message) => {
    const { aws, clients } = await emptyAws();
    aws.secrets.set(secret.name, stored);

    const error: unknown = await fetchCredential(secret, clients).catch((refused: unknown) => refused);

    expect(error).toEqual(missing('stop-stream', message));
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('sk-live');
    const put = 'aws secretsmanager put-secret-value --secret-id \'convlake/prod/crescendo/a\' --secret-string "$KEY"';
    expect(error).toHaveProperty('message', expect.stringContaining(put));
  });

  test('that is nowhere fails with the command that puts it there', async () => {
    const { clients } = await emptyAws();

    await expect(fetchCredential(reference('env', 'KEY'), clients)).rejects.toEqual(
      missing('stop-stream', /env:KEY is not set; put the key there: export KEY=/),
    );
    await expect(fetchCredential(secret, clients)).rejects.toEqual(
      missing('stop-stream', /put-secret-value --secret-id 'convlake\/prod\/crescendo\/a' .*create-secret --name/),
    );
    await expect(fetchCredential(parameter, clients)).rejects.toEqual(
      missing(
        'stop-stream',
        /aws ssm put-parameter --name '\/convlake\/prod\/key' --type SecureString --value "\$KEY"/,
      ),
    );
  });

  test('in a parameter that is not encrypted is refused', async () => {
    const { aws, clients } = await emptyAws();
    aws.parameters.set(parameter.name, { value: SECRET, type: 'String', version: 1 });

    await expect(fetchCredential(parameter, clients)).rejects.toEqual(missing('stop-stream', /is of type String/));
  });

  test.each([
    [secret, 'AccessDeniedException', 400, 'stop-stream', /secretsmanager:GetSecretValue/],
    [parameter, 'AccessDeniedException', 400, 'stop-stream', /ssm:GetParameter/],
    [secret, 'InternalServiceError', 500, 'retry', /see whether AWS/],
    [parameter, 'InternalServerError', 500, 'retry', /see whether AWS/],
  ])('%o fails for %s', async (where, error, status, recovery, message) => {
    const { aws, clients } = await emptyAws();
    aws.fault = () => ({ error, status });

    await expect(fetchCredential(where, clients)).rejects.toEqual(missing(recovery, message));
  });

  test('fails without a word of it when the answer cannot be parsed', async () => {
    const { aws, clients } = await emptyAws();
    aws.fault = () => ({ raw: `{"SecretString":"${SECRET}"` });

    const error: unknown = await fetchCredential(secret, clients).catch((refused: unknown) => refused);

    expect(error).toEqual(missing('retry', /cannot read the credential secret:/));
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('sk-live');
  });
});

describe('a credential that is asked for again and again', () => {
  test('is read once, also by several who ask at once', async () => {
    const { aws, clients } = await emptyAws();
    aws.secrets.set(secret.name, 'first');
    const credential = credentialProvider(secret, clients);

    const all = await Promise.all([1, 2, 3].map(() => credential({ refresh: false })));
    aws.secrets.set(secret.name, 'second');

    expect([...all, await credential({ refresh: false })]).toEqual(['first', 'first', 'first', 'first']);
    expect(aws.seen).toHaveLength(1);
  });

  test('is read anew after a refusal, once for all who were refused', async () => {
    const { aws, clients } = await emptyAws();
    aws.secrets.set(secret.name, 'first');
    const credential = credentialProvider(secret, clients);
    await credential({ refresh: false });
    aws.secrets.set(secret.name, 'second');

    const all = await Promise.all([1, 2, 3].map(() => credential({ refresh: true })));

    expect([...all, await credential({ refresh: false })]).toEqual(['second', 'second', 'second', 'second']);
    expect(aws.seen).toHaveLength(2);
  });

  test('is read anew when reading it failed', async () => {
    const { aws, clients } = await emptyAws();
    const credential = credentialProvider(secret, clients);
    await expect(credential({ refresh: false })).rejects.toEqual(missing('stop-stream', /has no value/));
    aws.secrets.set(secret.name, 'first');

    expect(await credential({ refresh: false })).toBe('first');
  });
});
