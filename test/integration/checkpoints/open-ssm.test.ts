import { GetParametersCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openSsm } from '../../../functions/wiring/open-ssm.ts';
import { type FakeAwsJson, startFakeAwsJson } from '../../support/aws/fake-aws-json.ts';

afterEach(() => vi.unstubAllEnvs());

/** The client of checkpoints as it is deployed, on a server that fails so often. */
async function readAgainst(failures: number, fault: ReturnType<FakeAwsJson['fault']>) {
  const aws = await startFakeAwsJson();
  aws.parameters.set('/there', { value: 'text', type: 'String', version: 1 });
  let calls = 0;
  aws.fault = () => (++calls <= failures ? fault : undefined);
  vi.stubEnv('AWS_ENDPOINT_URL_SSM', aws.endpoint);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  const client = openSsm();
  const read = client.send(new GetParametersCommand({ Names: ['/there'] })).finally(() => client.destroy());
  return { read, calls: () => calls };
}

describe('the client of checkpoints', () => {
  test('leaves throttling to its caller: one layer waits for it', async () => {
    const { read, calls } = await readAgainst(1, { error: 'ThrottlingException' });

    await expect(read).rejects.toThrow(expect.objectContaining({ name: 'ThrottlingException' }));

    expect(calls()).toBe(1);
  });

  test('tries again after trouble of SSM itself', async () => {
    const { read, calls } = await readAgainst(3, { error: 'InternalServerError', status: 500 });

    expect((await read).Parameters).toMatchObject([{ Name: '/there', Value: 'text' }]);
    expect(calls()).toBe(4);
  });

  test('gives up after five tries', async () => {
    const { read, calls } = await readAgainst(9, { error: 'InternalServerError', status: 500 });

    await expect(read).rejects.toThrow(expect.objectContaining({ name: 'InternalServerError' }));
    expect(calls()).toBe(5);
  });

  test('does not repeat what is refused', async () => {
    const { read, calls } = await readAgainst(1, { error: 'AccessDeniedException' });

    await expect(read).rejects.toThrow(expect.objectContaining({ name: 'AccessDeniedException' }));
    expect(calls()).toBe(1);
  });
});
