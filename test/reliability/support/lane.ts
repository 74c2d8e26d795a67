import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StreamName } from '../../../contract/streams.ts';
import { MINUTE_MS } from '../../support/durations.ts';
import { openScene, type Scene } from '../../support/run/scene.ts';

/** The program that a person starts. */
export const PROGRAM = join(import.meta.dirname, '../../../cli/bin.js');

const CONFIGURATION = 'configuration.json';
/** Runs read again everything there is, so that the last one brings the newest state of every row. */
const settings = { lookback: '9 days', pageSize: 10 };

/** A scene whose lake the command line exports to, in a process of its own. */
export interface Lane extends Scene {
  start(): ChildProcess;
}

/** Opens a lane, which the caller closes. Node keeps what it compiled in `compiled`, so that a run takes half the time to start. */
export async function openLane(stream: StreamName, seed: number, compiled: string): Promise<Lane> {
  const scene = await openScene({ stream, seed, rows: 160, configuration: settings });
  const { simulator, lake } = scene;
  const path = join(lake, CONFIGURATION);
  const configured = {
    ...settings,
    stream,
    tenant: simulator.tenant,
    credential: 'env:SIMULATED_KEY',
    baseUrl: simulator.baseUrl(stream),
    start: new Date(simulator.since).toISOString(),
  };
  await writeFile(path, JSON.stringify({ stage: 'test', lake, streams: [configured] }));
  return {
    ...scene,
    start() {
      const now = new Date(scene.now() + 10 * MINUTE_MS).toISOString();
      return spawn(process.execPath, [PROGRAM, 'export', '--config', path, '--json', '--now', now], {
        env: { SIMULATED_KEY: simulator.apiKey, NODE_COMPILE_CACHE: compiled },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    },
  };
}
