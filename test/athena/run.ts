/**
 * `npm run test:athena`: the tables and views of the synthesized template, on the engine that Athena follows, over a lake that
 * the exporter wrote through its S3 adapter. Glue and S3 are moto's. Needs Java, Maven and moto, and says so where one is missing.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { streams } from '../../contract/streams.ts';
import { place } from '../infra/support/as-deployed.ts';
import { stackOf, streamOf } from '../infra/support/stack-of.ts';
import { localClient } from '../support/aws/local-aws.ts';
import { startMoto } from '../support/aws/moto.ts';
import { openDuckdbLake } from '../support/lake/duckdb-lake.ts';
import { lakeLines } from '../support/run/live-export.ts';
import { checks, type Seen } from './checks.ts';
import { fetchTrino, isFetched, trinoFolder } from './fetch-trino.ts';
import { createGlueTables } from './glue-tables.ts';
import { findJava, missing } from './prerequisites.ts';
import { startTrino } from './start-trino.ts';
import { download, startVendors, writeLake } from './write-lake.ts';

type Ending = () => Promise<void> | void;

async function main(): Promise<number> {
  const lacking = missing(isFetched());
  const java = findJava();
  if (java === undefined || lacking.length > 0) {
    console.log(`The tables were not tried on Athena's engine: this machine has ${lacking.join('; ')}.`);
    return 0;
  }
  if (!isFetched()) {
    console.log(`Fetching Trino into ${trinoFolder}, once; this takes some minutes.`);
    fetchTrino();
  }
  const endings: Ending[] = [];
  try {
    return await check(await open(java, endings));
  } finally {
    for (const ending of endings.reverse()) await ending();
  }
}

/** A lake, and both engines on it. What must be ended later goes on the list as soon as it runs. */
async function open(java: string, endings: Ending[]): Promise<Seen> {
  const folder = await mkdtemp(join(tmpdir(), 'convlake-athena-'));
  endings.push(() => rm(folder, { recursive: true, force: true }));
  const moto = await startMoto();
  endings.push(() => moto.stop());
  const simulator = await startVendors();
  endings.push(() => simulator.close());

  const client = localClient(moto.endpoint);
  endings.push(() => client.destroy());
  await writeLake(simulator, { client, bucket: place.bucket, folder });
  const lake = join(folder, 'downloaded');
  await download(client, place.bucket, lake);

  const schema = await createGlueTables(templateFor(simulator.tenant, simulator.since), moto.endpoint);
  console.log('The lake is written; starting Trino.');
  const trino = await startTrino({ java, aws: moto.endpoint, schema, folder: join(folder, 'trino') }).catch(
    async (cause: unknown) => {
      console.error(await readFile(join(folder, 'trino', 'trino.log'), 'utf8'));
      throw cause;
    },
  );
  endings.push(() => trino.stop());
  const duckdb = await openDuckdbLake(lake, [...streams.values()]);
  endings.push(() => duckdb.close());
  return { trino, duckdb, tenant: simulator.tenant, lines: (table) => lakeLines(lake, table) };
}

/** One table has a second tenant, without rows, so that a filter on the tenant has something to leave out. */
function templateFor(tenant: string, sinceMs: number) {
  const start = new Date(sinceMs).toISOString();
  const configured = [...streams.keys()].map((stream) => streamOf({ stream, tenant, start }));
  const other = streamOf({ tenant: 'tenant-without-rows', start });
  return stackOf({ lake: './lake', streams: [...configured, other] }).template;
}

/** Says of each check whether it holds, and resolves to the exit status. */
async function check(seen: Seen): Promise<number> {
  let failures = 0;
  for (const { says, holds } of checks) {
    const begunAt = performance.now();
    try {
      await holds(seen);
      console.log(`ok    ${says} (${Math.round((performance.now() - begunAt) / 1000)} s)`);
    } catch (error) {
      failures += 1;
      console.log(`FAILS ${says}\n${error instanceof Error ? error.message : String(error)}`);
    }
  }
  console.log(failures === 0 ? `All ${checks.length} hold.` : `${failures} of ${checks.length} do not hold.`);
  return failures === 0 ? 0 : 1;
}

process.exitCode = await main();
