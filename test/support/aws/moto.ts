import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../run/free-port.ts';

/** A running moto server: AWS services in one Python process (github.com/getmoto/moto). */
export interface Moto {
  readonly endpoint: string;
  /** Forgets everything. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** True where `moto_server` can be started. */
export const hasMoto = spawnSync('moto_server', ['--help']).status === 0;

/** Ends the server when the pipe is closed, which happens even if this process is killed. */
const UNTIL_INPUT_ENDS = 'moto_server -H 127.0.0.1 -p "$1" & cat; kill -9 $!';

/** Starts moto on a free port of this machine and resolves when it responds. */
export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const server = spawn('sh', ['-c', UNTIL_INPUT_ENDS, 'sh', String(port)], { stdio: ['pipe', 'ignore', 'ignore'] });
  const endpoint = `http://127.0.0.1:${port}`;
  for (let triesLeft = 3_000; !(await responds(endpoint)); triesLeft--) {
    if (triesLeft === 0 || server.exitCode !== null) throw new Error('moto_server does not respond');
    await sleep(100);
  }
  return { endpoint, reset: () => reset(endpoint), stop: () => stop(server) };
}

async function reset(endpoint: string): Promise<void> {
  const { ok, status } = await fetch(`${endpoint}/moto-api/reset`, { method: 'POST' });
  if (!ok) throw new Error(`moto_server does not forget (${status})`);
}

async function stop(server: ChildProcess): Promise<void> {
  const ended = once(server, 'exit');
  server.stdin?.end();
  if (server.exitCode === null) await ended;
}

async function responds(endpoint: string): Promise<boolean> {
  return fetch(`${endpoint}/moto-api/`).then(
    (response) => response.ok,
    () => false,
  );
}
