import { fork } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import { parseConfiguration } from '../../contract/configuration/parse-configuration.ts';
import { CONFIGURATION_IDENTIFIER, Env } from '../../contract/environment.ts';
import { type StreamName, streamDefinition } from '../../contract/streams.ts';
import { bundleHandler } from '../../infra/handler/bundle-handler.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { startFakeAwsJson } from '../support/aws/fake-aws-json.ts';
import { startFakeInvocations } from '../support/aws/fake-invocations.ts';
import { startFakeS3 } from '../support/aws/fake-s3.ts';
import { LOCAL_AWS } from '../support/aws/local-aws.ts';
import { FIVE_STREAMS } from '../support/five-streams.ts';
import { testFolder } from '../support/lake/file-lake.ts';
import type { Ended, Invocations } from './function-process.ts';

const TENANTS = 100;
/** What AWS grants an account that asked for nothing: reads and writes a second (Systems Manager endpoints and quotas). */
const GRANTED = { reads: 40, writes: 3 };
const SECRET = 'convlake/test/vendors';
const tenants = Array.from({ length: TENANTS }, (_, n) => `tenant-${n}`);

function configure({ tenant: served, baseUrl }: Simulator): readonly StreamConfiguration[] {
  const start = new Date(Math.floor(Date.now() / 1000) * 1000 - 3_600_000).toISOString();
  const written = FIVE_STREAMS.flatMap((stream) =>
    tenants.map((tenant) => ({
      stream,
      tenant,
      credential: `secret:${SECRET}`,
      baseUrl: baseUrl(stream),
      // The vendor knows one tenant; the lake and SSM know a hundred.
      path: streamDefinition(stream).path.replace('{tenant}', served),
      start,
    })),
  );
  const parsed = parseConfiguration({ stage: 'test', lake: './lake', streams: written });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems.slice(0, 3)));
  return parsed.configuration.streams;
}

/** What an account grants: a bucket that fills by so many a second and holds those of one. */
function bucketOf(perSecond: number): () => boolean {
  let [left, at] = [perSecond, performance.now()];
  return () => {
    const now = performance.now();
    left = Math.min(perSecond, left + ((now - at) / 1000) * perSecond);
    at = now;
    if (left < 1) return false;
    left--;
    return true;
  };
}

function runFunction(invocations: Invocations, environment: Readonly<Record<string, string>>): Promise<Ended[]> {
  const path = join(import.meta.dirname, 'function-process.ts');
  const child = fork(path, [JSON.stringify(invocations)], { env: { ...environment }, silent: true });
  let trouble = '';
  child.stdout?.resume();
  child.stderr?.on('data', (piece: Buffer) => {
    trouble = `${trouble}${piece.toString()}`.slice(-4000);
  });
  return new Promise((resolve, reject) => {
    child.on('message', (ends) => resolve(ends as Ended[]));
    child.on('close', (code) => reject(new Error(`the function's process ended with ${code}: ${trouble}`)));
  });
}

test('five streams of a hundred tenants start in the same minute where SSM grants 3 writes a second, and no run fails', async () => {
  const simulator = await startSimulator({ rows: 0 });
  const [s3, aws, lambda] = [await startFakeS3(), await startFakeAwsJson(), await startFakeInvocations()];
  aws.secrets.set(SECRET, simulator.apiKey);
  const [reads, writes] = [bucketOf(GRANTED.reads), bucketOf(GRANTED.writes)];
  const served = { GetParameters: 0, PutParameter: 0 };
  let throttled = 0;
  aws.fault = (operation) => {
    if (operation !== 'GetParameters' && operation !== 'PutParameter') return undefined;
    const isServed = operation === 'GetParameters' ? reads() : writes();
    if (isServed) served[operation]++;
    else throttled++;
    return isServed ? undefined : { error: 'ThrottlingException' };
  };
  const folder = await testFolder();
  const entry = join(import.meta.dirname, '../../functions/export.handler.ts');
  bundleHandler({ entry, texts: { [CONFIGURATION_IDENTIFIER]: JSON.stringify(configure(simulator)) } }, folder);
  const environment = {
    PATH: process.env['PATH'] ?? '',
    TMPDIR: await testFolder(),
    ...LOCAL_AWS,
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: lambda.endpoint,
    [Env.stage]: 'test',
    [Env.lakeBucket]: s3.bucket,
    [Env.lakeOwner]: s3.owner,
    [Env.lakePrefix]: 'lake',
    [Env.eventBus]: 'default',
    [Env.gzipLevel]: '1',
  };
  const began = performance.now();
  const of = (stream: StreamName) => tenants.map((tenant) => ({ stream, tenant }));
  const functions = FIVE_STREAMS.map((stream) =>
    runFunction({ artefact: join(folder, 'index.mjs'), events: of(stream) }, environment),
  );
  const ends = (await Promise.all(functions)).flat();
  await simulator.close();

  const seconds = Math.round((performance.now() - began) / 1000);
  console.info(`${ends.length} runs in ${seconds} s`, served, `${throttled} calls throttled`);
  expect(ends.filter(({ outcome }) => outcome !== 'caught up')).toEqual([]);
  expect(ends).toHaveLength(500);
  expect(throttled).toBeGreaterThan(100);
  expect(served.GetParameters).toBeLessThanOrEqual(2 * 500);
  expect(served.PutParameter).toBeLessThanOrEqual(2 * 500);
});
