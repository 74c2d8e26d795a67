import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/run/free-port.ts';
import { trinoFolder } from './fetch-trino.ts';
import { queryTrino } from './query-trino.ts';

/** A running Trino whose one catalogue is Glue's, as Athena has it. */
export interface Trino {
  /** The rows of a query, each its values in order. @throws Error with Trino's message */
  query(sql: string): Promise<readonly (readonly unknown[])[]>;
  stop(): Promise<void>;
}

/** Starts Trino on a free port and resolves when it takes queries. `folder` holds its settings, data and log. */
export async function startTrino(at: { java: string; aws: string; schema: string; folder: string }): Promise<Trino> {
  const port = await freePort();
  await writeSettings(at, port);
  const log = openSync(join(at.folder, 'trino.log'), 'w');
  // The launcher becomes the server itself (exec), so its pid is the one to end.
  const server = spawn(join(trinoFolder, 'bin', 'launcher'), ['run', '--etc-dir', at.folder], {
    stdio: ['ignore', log, log],
    env: { ...process.env, JAVA_HOME: at.java, PATH: `${join(at.java, 'bin')}:${process.env['PATH'] ?? ''}` },
  });
  const origin = `http://127.0.0.1:${port}`;
  try {
    for (let triesLeft = 600; !(await isReady(origin)); triesLeft--) {
      if (triesLeft === 0 || server.exitCode !== null) throw new Error('Trino did not start; its log is above');
      await sleep(300);
    }
  } catch (error) {
    await stop(server);
    throw error;
  }
  return { query: (sql) => queryTrino({ origin, schema: at.schema }, sql), stop: () => stop(server) };
}

async function writeSettings({ aws, folder }: { aws: string; folder: string }, port: number): Promise<void> {
  await mkdir(join(folder, 'catalog'), { recursive: true });
  const files: Readonly<Record<string, readonly string[]>> = {
    'node.properties': [
      'node.environment=test',
      `node.data-dir=${join(folder, 'data')}`,
      'node.bind-ip=127.0.0.1',
      'node.internal-address=127.0.0.1',
    ],
    'jvm.config': [
      '-server',
      '-Xmx4G',
      '-Duser.timezone=UTC',
      '-Djdk.attach.allowAttachSelf=true',
      '--add-modules=jdk.incubator.vector',
    ],
    'config.properties': [
      'coordinator=true',
      'node-scheduler.include-coordinator=true',
      `http-server.http.port=${port}`,
      `discovery.uri=http://127.0.0.1:${port}`,
    ],
    'log.properties': ['io.trino=WARN'],
    'catalog/awsdatacatalog.properties': [
      'connector.name=hive',
      'hive.metastore=glue',
      'hive.metastore.glue.region=us-east-1',
      `hive.metastore.glue.endpoint-url=${aws}`,
      'hive.metastore.glue.aws-access-key=test',
      'hive.metastore.glue.aws-secret-key=test',
      'hive.partition-projection-enabled=true',
      'fs.native-s3.enabled=true',
      `s3.endpoint=${aws}`,
      's3.region=us-east-1',
      's3.path-style-access=true',
      's3.aws-access-key=test',
      's3.aws-secret-key=test',
    ],
  };
  for (const [name, lines] of Object.entries(files)) writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
}

/** It says that it has started before its one node may be given work. */
async function isReady(origin: string): Promise<boolean> {
  try {
    const response: unknown = await (await fetch(`${origin}/v1/info`)).json();
    const started =
      typeof response === 'object' && response !== null && 'starting' in response && response.starting === false;
    if (!started) return false;
    await queryTrino({ origin, schema: 'default' }, 'SELECT a, count(*) FROM (VALUES 1, 2) AS t (a) GROUP BY a');
    return true;
  } catch {
    return false; // it does not listen yet, or has no worker
  }
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  if (server.kill('SIGKILL')) await ended;
}
