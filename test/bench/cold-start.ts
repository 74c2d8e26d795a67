/**
 * What a cold start of the export handler costs: the size of what CDK uploads, and the time to import it against that of
 * a handler with the S3 client alone, bundled the same way. Alone: `node test/bench/cold-start.ts`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CONFIGURATION_IDENTIFIER, Env } from '../../contract/environment.ts';
import { bundleHandler } from '../../infra/handler/bundle-handler.ts';
import { median } from './processes.ts';

/** What was measured. */
export interface ColdStart {
  readonly bundleBytes: number;
  /** Median times of an import in a new process, ms. */
  readonly importMs: number;
  readonly s3ImportMs: number;
  /** The same of the handler with everything that its first run loads too. */
  readonly wholeImportMs: number;
}

/** Bundles both handlers and imports them in turn, `rounds` times each, each time in a new process. */
export function measureColdStart(rounds = 15): ColdStart {
  const folder = mkdtempSync(join(tmpdir(), 'convlake-cold-'));
  try {
    const [own, s3] = ['../../functions/export.handler.ts', 'children/s3-handler.ts'].map((path, index) => {
      const into = join(folder, String(index));
      const texts = { [CONFIGURATION_IDENTIFIER]: JSON.stringify([{}]) };
      bundleHandler({ entry: join(import.meta.dirname, path), texts }, into);
      return join(into, 'index.mjs');
    });
    if (own === undefined || s3 === undefined) throw new Error('there are two bundles');
    const parts = readdirSync(dirname(own)).filter((name) => name.startsWith('run-parts'));
    const whole = [own, ...parts.map((name) => join(dirname(own), name))];
    const times: { own: number; s3: number; whole: number }[] = [];
    // In turn, so that whatever else the machine does meets all of them.
    for (let round = 0; round < rounds; round++) {
      times.push({ own: importTimeMs([own]), s3: importTimeMs([s3]), whole: importTimeMs(whole) });
    }
    return {
      bundleBytes: sizeOf(dirname(own)),
      importMs: median(times.map((each) => each.own)),
      s3ImportMs: median(times.map((each) => each.s3)),
      wholeImportMs: median(times.map((each) => each.whole)),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

function importTimeMs(files: readonly string[]): number {
  const imports = files.map((file) => `await import(${JSON.stringify(pathToFileURL(file).href)});`).join(' ');
  const code = `const began = performance.now(); ${imports} console.log(performance.now() - began);`;
  const env = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    [Env.stage]: 'bench',
    [Env.lakeBucket]: 'b',
    [Env.lakeOwner]: '123456789012',
    [Env.eventBus]: 'default',
  };
  return Number(execFileSync(process.execPath, ['--input-type=module', '--eval', code], { env, encoding: 'utf8' }));
}

/** What was measured, as rows of the bench's table: what, measured, goal. */
export function coldStartRows({ bundleBytes, importMs, s3ImportMs, wholeImportMs }: ColdStart): string[][] {
  const against = (ms: number) => `${(ms / s3ImportMs).toFixed(2)} x`;
  return [
    ['bundle of the export handler', `${(bundleBytes / 1e6).toFixed(2)} MB`, '<= 1.25 MB'],
    ['cold import of it against a handler with the S3 client alone', against(importMs), '<= 1.3 x'],
    ['the same with all that a first run loads', against(wholeImportMs), ''],
  ];
}

if (import.meta.main) {
  for (const row of coldStartRows(measureColdStart())) process.stdout.write(`${row.join('  ')}\n`);
}
