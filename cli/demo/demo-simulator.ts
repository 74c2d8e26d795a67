import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const SCRIPT = join(import.meta.dirname, '..', '..', 'test', 'simulator', 'main.ts');

/** The simulated vendors, in a process of their own, so that neither takes the other's memory or processor. */
export interface DemoSimulator {
  /** What cli/demo/demo.config.ts reads of the environment. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * Starts the simulated vendors on free ports of this machine.
 * @throws Error when they do not come up; their own standard error says why
 */
export async function startDemoSimulator(args: readonly string[]): Promise<DemoSimulator> {
  // A process group of its own: Ctrl-C is for the exporter, which still has to commit. It ends when the channel to us breaks.
  const child = fork(SCRIPT, [...args, '--json'], {
    execArgv: [],
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const { baseUrls, apiKey } = readAnnouncement(await firstLine(child));
  const urls = Object.entries(baseUrls).map(([stream, url]) => [`DEMO_${vendorOf(stream)}_URL`, url] as const);
  return {
    environment: { DEMO_API_KEY: apiKey, ...Object.fromEntries(urls) },
    async close() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout) for await (const line of createInterface({ input: stdout })) return line;
  throw new Error('the simulated vendors ended before they were ready');
}

function readAnnouncement(line: string): {
  readonly baseUrls: Readonly<Record<string, string>>;
  readonly apiKey: string;
} {
  return JSON.parse(line); // the one line that test/simulator/main.ts prints with --json
}

function vendorOf(stream: string): string {
  return stream.split('.', 1).join('').toUpperCase();
}
