import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

/** An invocation to be made. */
export interface InvocationOrder {
  /** The bundled handler. */
  readonly artefact: string;
  readonly event: unknown;
  readonly requestId: string;
  /** How often the handler may look at its remaining time before there is hardly any. */
  readonly looksAtClock: number;
}

/** How an invocation ended. Neither for one whose process was killed. */
export interface InvocationEnd {
  readonly returned?: Readonly<Record<string, unknown>> | null;
  readonly error?: { readonly name: string; readonly message: string };
  /** What it logged: one JSON value a line. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

/** An invocation under way. */
export interface StartedInvocation {
  readonly ended: Promise<InvocationEnd>;
  /** Ends the process as Lambda does at the time-out. */
  kill(): void;
}

/** Starts an invocation in a process that has `environment` and nothing else. */
export function startInvocation(
  order: InvocationOrder,
  environment: Readonly<Record<string, string>>,
): StartedInvocation {
  const path = join(import.meta.dirname, 'handler-process.ts');
  const child = fork(path, [JSON.stringify(order)], { env: { ...environment }, silent: true });
  return { ended: endOf(child), kill: () => void child.kill('SIGKILL') };
}

function endOf(child: ChildProcess): Promise<InvocationEnd> {
  let sent: Omit<InvocationEnd, 'lines'> = {};
  const texts = { out: '', error: '' };
  child.stdout?.on('data', (piece: Buffer) => {
    texts.out += piece.toString();
  });
  child.stderr?.on('data', (piece: Buffer) => {
    texts.error += piece.toString();
  });
  child.on('message', (message) => {
    sent = message as Omit<InvocationEnd, 'lines'>;
  });
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      // A process that ended by itself has said how; what it wrote else tells why not.
      if (code !== null && code !== 0)
        return reject(new Error(`the handler's process ended with ${code}: ${texts.error}`));
      const lines = `${texts.out}${texts.error}`.split('\n').filter((line) => line.startsWith('{'));
      resolve({ ...sent, lines: lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>) });
    });
  });
}
