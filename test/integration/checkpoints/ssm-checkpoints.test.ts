import { describe, expect, test } from 'vitest';
import { ssmCheckpointName, ssmCheckpoints } from '../../../functions/checkpoints/ssm-checkpoints.ts';
import type { Checkpoint } from '../../../functions/engine/checkpoint.ts';
import { startFakeAwsJson } from '../../support/aws/fake-aws-json.ts';

const owner = { source: 'crescendo', stream: 'crescendo.vocconv', tenant: 'a' } as const;
const name = '/convlake/prod/crescendo/vocconv/a';
const checkpoint: Checkpoint = { epoch: 1, watermark: 7, start: 0, lake: 's3://b', updatedAt: 7, run: 'run-1' };

async function emptyStore() {
  const aws = await startFakeAwsJson();
  return { aws, checkpoints: ssmCheckpoints({ client: aws.ssm, name, owner }) };
}

const refused = (recovery: string, message: RegExp) =>
  expect.objectContaining({ code: 'checkpoint-unreadable', recovery, message: expect.stringMatching(message) });

describe('checkpoints in SSM', () => {
  test('are standard parameters of plain text, told apart by stage, stream, tenant and span', async () => {
    const { aws, checkpoints } = await emptyStore();

    await checkpoints.write(checkpoint);
    await checkpoints.writeRewind({ epoch: 2, watermark: 5 });

    expect(ssmCheckpointName('prod', owner)).toBe(name);
    expect(ssmCheckpointName('prod', { ...owner, backfill: { from: 0, to: 1000 } })).toBe(
      `${name}/backfill-19700101T000000Z-19700101T000001Z`,
    );
    expect([...aws.parameters.keys()]).toEqual([name, `${name}/rewind`]);
    expect(aws.seen[0]?.fields).toMatchObject({ Type: 'String', Tier: 'Standard', Overwrite: false });
  });

  test('overwrite only what is known to be there', async () => {
    const { aws, checkpoints } = await emptyStore();

    await checkpoints.write(checkpoint);
    await checkpoints.write(checkpoint);
    await ssmCheckpoints({ client: aws.ssm, name, owner }).write(checkpoint);

    const puts = aws.seen.filter(({ operation }) => operation === 'PutParameter');
    expect(puts.map(({ fields }) => fields['Overwrite'])).toEqual([false, true, false, true]);
    expect(aws.parameters.get(name)?.version).toBe(3);
  });

  test.each([
    ['AccessDeniedException', 400, 'stop-stream', /cannot read .*prod.*\(AccessDenied.*ssm:GetParameter/],
    ['InternalServerError', 500, 'retry', /only a parameter that is not there counts as none/],
    ['ThrottlingException', 400, 'retry', /ThrottlingException/],
    ['InvalidKeyId', 400, 'stop-stream', /InvalidKeyId/],
  ])('fail to be read for %s: only one that is not there is none', async (error, status, recovery, message) => {
    const { aws, checkpoints } = await emptyStore();
    aws.fault = () => ({ error, status });

    await expect(checkpoints.read()).rejects.toEqual(refused(recovery, message));
    await expect(checkpoints.readRewind()).rejects.toEqual(refused(recovery, /rewind/));
    await expect(checkpoints.readWithRewind()).rejects.toEqual(refused(recovery, message));
  });

  test('fail to be read when nobody answers', async () => {
    const { aws, checkpoints } = await emptyStore();
    aws.fault = () => {
      throw new Error('the connection is closed');
    };

    await expect(checkpoints.read()).rejects.toEqual(refused('retry', /cannot read/));
  });

  test('fail to be written for a label that SSM may not drop, and say so', async () => {
    const { aws, checkpoints } = await emptyStore();
    aws.fault = () => ({ error: 'ParameterMaxVersionLimitExceeded' });

    await expect(checkpoints.write(checkpoint)).rejects.toEqual(refused('stop-stream', /remove the label/));
  });

  test('are written after SSM asked to slow down', async () => {
    const { aws, checkpoints } = await emptyStore();
    let times = 0;
    aws.fault = () => (times++ === 0 ? { error: 'ThrottlingException' } : undefined);

    await checkpoints.write(checkpoint);

    expect(await checkpoints.read()).toEqual(checkpoint);
  });

  test('fail to be removed where that is denied', async () => {
    const { aws, checkpoints } = await emptyStore();
    aws.fault = () => ({ error: 'AccessDeniedException' });

    await expect(checkpoints.remove()).rejects.toEqual(refused('stop-stream', /cannot remove .*ssm:DeleteParameter/));
  });
});
