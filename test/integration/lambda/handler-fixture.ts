import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { StreamConfiguration } from '../../../contract/configuration/configuration.ts';
import { parseConfiguration } from '../../../contract/configuration/parse-configuration.ts';
import { CONFIGURATION_IDENTIFIER, Env } from '../../../contract/environment.ts';
import type { ExportRequest } from '../../../contract/events.ts';
import { parseObjectKey } from '../../../contract/layout.ts';
import { type StreamName, streamDefinition, streams } from '../../../contract/streams.ts';
import { bundleHandler } from '../../../infra/handler/bundle-handler.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { type FakeInvocations, startFakeInvocations } from '../../support/aws/fake-invocations.ts';
import { type InvocationEnd, type StartedInvocation, startInvocation } from '../../support/aws/invoke-handler.ts';
import { LOCAL_AWS } from '../../support/aws/local-aws.ts';
import { testFolder } from '../../support/lake/file-lake.ts';
import { lakeLines, liveRun } from '../../support/run/live-export.ts';

const NOW_MS = Date.parse('2026-05-20T10:30:00Z');
const ENTRY = join(import.meta.dirname, '../../../functions/export.handler.ts');

/** The name of the secret that every stream's credential is in. */
export const secretName = 'convlake/test/vendors';

/** Vendors, and the artefact that CDK would upload for the handler that reads them. */
export interface Deployed {
  readonly simulator: Simulator;
  readonly artefact: string;
  close(): Promise<void>;
}

/** Bundles the handler for all streams of simulated vendors. */
export async function deploy(): Promise<Deployed> {
  // A point for each detail: by the minute of a real team, one load takes several.
  const knobs = { salesloft: { pointsPerMinute: 60_000 } };
  const simulator = await startSimulator({ rows: 900, days: 9, now: () => NOW_MS, knobs });
  const folder = await mkdtemp(join(tmpdir(), 'convlake-handler-'));
  bundleHandler({ entry: ENTRY, texts: { [CONFIGURATION_IDENTIFIER]: JSON.stringify(configure(simulator)) } }, folder);
  const close = async () => {
    await simulator.close();
    await rm(folder, { recursive: true });
  };
  return { simulator, artefact: join(folder, 'index.mjs'), close };
}

function configure({ tenant, since, baseUrl }: Simulator): readonly StreamConfiguration[] {
  const start = new Date(since).toISOString();
  const credential = `secret:${secretName}`;
  const of = (stream: StreamName) => ({ stream, tenant, credential, baseUrl: baseUrl(stream), start, pageSize: 25 });
  const parsed = parseConfiguration({ stage: 'test', lake: './lake', streams: [...streams.keys()].map(of) });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.configuration.streams;
}

/** The parts of AWS that an invocation talks to. */
export interface Account {
  readonly lambda: FakeInvocations;
  readonly environment: Readonly<Record<string, string>>;
}

/** Opens what is Lambda's own, beside the services that returned at these addresses. */
export async function openAccount(
  bucket: string,
  endpoints: { readonly all: string; readonly s3: string },
): Promise<Account> {
  const lambda = await startFakeInvocations();
  const environment = {
    PATH: process.env['PATH'] ?? '',
    TMPDIR: await testFolder(),
    ...LOCAL_AWS,
    AWS_ENDPOINT_URL: endpoints.all,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: lambda.endpoint,
    [Env.stage]: 'test',
    [Env.lakeBucket]: bucket,
    [Env.lakeOwner]: '123456789012', // moto's account, and that of the fake S3
    [Env.lakePrefix]: 'lake',
    [Env.eventBus]: 'default',
    [Env.gzipLevel]: '1',
  };
  return { lambda, environment };
}

let ids = 0;

/** Starts an invocation that has time enough, unless it is said how often it may look at the clock. */
export function invoke(
  { artefact }: Deployed,
  { environment }: Account,
  request: Partial<ExportRequest>,
  { requestId = `request-${++ids}`, looksAtClock = 1_000_000 } = {},
): StartedInvocation {
  const event = { now: new Date(NOW_MS).toISOString(), ...request };
  return startInvocation({ artefact, event, requestId, looksAtClock }, environment);
}

/** Plays Lambda: starts what was invoked until nothing more is. Each invocation has time for some thirty pages, or a thousand details. */
export async function goOnUntilQuiet(
  deployed: Deployed,
  account: Account,
  stream: StreamName,
): Promise<readonly InvocationEnd[]> {
  // The clock is looked at for each detail too, which is fetched by itself.
  const looksAtClock = streams.get(stream)?.details ? 1000 : 30;
  const ends: InvocationEnd[] = [];
  const { invoked } = account.lambda;
  for (let next = invoked.shift(); next; next = invoked.shift()) {
    ends.push(await invoke(deployed, account, next.request, { looksAtClock }).ended);
  }
  return ends;
}

/** The lines of a table with their partitions, sorted, of the objects of a bucket. */
export function tableLines(objects: Iterable<readonly [key: string, bytes: Uint8Array]>, stream: StreamName): string[] {
  const { table } = streamDefinition(stream);
  const lines: string[] = [];
  for (const [key, bytes] of objects) {
    const place = parseObjectKey(key.replace(/^lake\//, ''));
    if (place?.table !== table) continue;
    for (const line of gunzipSync(bytes).toString('utf8').split('\n').slice(0, -1)) lines.push(`${place.dt} ${line}`);
  }
  return lines.sort();
}

/** What the file lake gets from the same vendor at the same time. */
export async function fileLakeLines({ simulator }: Deployed, stream: StreamName): Promise<string[]> {
  const lake = await testFolder();
  await liveRun({ simulator, stream, lake, now: NOW_MS });
  return (await lakeLines(lake, streamDefinition(stream).table)).map(({ dt, line }) => `${dt} ${line}`).sort();
}
