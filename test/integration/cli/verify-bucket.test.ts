import { expect, test } from 'vitest';
import { startFakeAwsJson } from '../../support/aws/fake-aws-json.ts';
import { startFakeS3 } from '../../support/aws/fake-s3.ts';
import { LOCAL_AWS } from '../../support/aws/local-aws.ts';
import { now, openDesk } from './cli-fixture.ts';

test('verify reads a bucket, and names what is gone from it', async () => {
  const { run, simulator } = await openDesk(['crescendo.vocconv'], { rows: 100 });
  const s3 = await startFakeS3();
  const { endpoint } = await startFakeAwsJson();
  const environment = {
    ...LOCAL_AWS,
    VENDOR_KEY: simulator.apiKey,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ENDPOINT_URL_SSM: endpoint,
  };
  const lake = ['--lake', `s3://${s3.bucket}/some/prefix`, '--now', now, '--json'];
  await run(['export', ...lake], environment);

  const whole = await run(['verify', ...lake], environment);
  const [key = ''] = [...s3.objects.keys()].filter((one) => one.endsWith('.ndjson.gz')).slice(1);
  s3.objects.delete(key);
  const { status, lines } = await run(['verify', ...lake], environment);

  expect(whole).toMatchObject({ status: 0, lines: [{ findings: [] }] });
  expect(status).toBe(1);
  expect(lines).toMatchObject([{ findings: [{ kind: 'object-gone', object: key.slice('some/prefix/'.length) }] }]);
});
