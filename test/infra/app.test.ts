import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { streamOf } from './support/stack-of.ts';

const root = join(import.meta.dirname, '../..');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'convlake-assembly-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Run {
  /** What `-c` says. */
  readonly context?: object;
  /** What the CDK's command knows where there are credentials, as it always does for a deploy. */
  readonly account?: string;
  /** The working directory. */
  readonly cwd?: string;
}

/** Runs the app as the CDK's command does, on a machine that knows nothing of AWS, unless there is an account. */
function synthesize({ context = {}, account, cwd = root }: Run = {}): {
  readonly status: number | null;
  readonly says: string;
} {
  const cdkJson: { context: object } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'infra/app.ts')], {
    cwd,
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      ...(account !== undefined && { CDK_DEFAULT_ACCOUNT: account }),
      CDK_OUTDIR: join(folder, 'out'),
      CDK_CONTEXT_JSON: JSON.stringify({ ...cdkJson.context, ...context }),
    },
  });
  return { status, says: `${stdout}${stderr}` };
}

/** Writes a configuration where the command line looks for one. */
function configure(changes: Parameters<typeof streamOf>[0], stage = 'own'): string {
  const file = join(folder, 'convlake.config.json');
  writeFileSync(file, JSON.stringify({ stage, lake: './lake', streams: [streamOf(changes)] }));
  return file;
}

describe('the app', () => {
  test('synthesizes the example without an account: six bundles, each below 1.25 MB and with its own tenants', () => {
    const { status, says } = synthesize();

    expect(`${status} ${says}`).toMatch(/^0 /);
    const bundles = readdirSync(join(folder, 'out'))
      .map((name) => join(folder, 'out', name, 'index.mjs'))
      .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
    const tenants = bundles.map((file) => {
      const text = readFileSync(file, 'utf8');
      return ['tenant-alpha', 'sales-team', 'support-line'].filter((tenant) => text.includes(tenant)).join(' ');
    });
    expect(tenants.toSorted()).toEqual([
      'sales-team',
      'support-line',
      'support-line',
      'tenant-alpha',
      'tenant-alpha sales-team support-line',
      'tenant-alpha sales-team support-line',
    ]);
    expect(bundles.filter((file) => statSync(file).size > 1_250_000)).toEqual([]);
  });

  test('fails with the problems of the configuration that was named', () => {
    const { status, says } = synthesize({ context: { config: 'package.json' } });

    expect(status).toBe(1);
    expect(says).toMatch(/^package\.json is not a configuration:\n- stage: is missing;/);
    expect(says).not.toContain('    at ');
  });

  test('reads the file that the command line reads, and with an account too', () => {
    configure({ tenant: 'tenant-own' });
    const { status, says } = synthesize({ cwd: folder, account: '123456789012' });

    expect(`${status} ${says}`).toMatch(/^0 /);
    const template = readFileSync(join(folder, 'out', 'convlake-own.template.json'), 'utf8');
    expect(template).toContain('convlake/own/crescendo/tenant-own');
  });

  test('fails with an account where there is no configuration, and deploys no example', () => {
    const { status, says } = synthesize({ cwd: folder, account: '123456789012' });

    expect(status).toBe(1);
    expect(says).toMatch(
      /^configuration: there is neither convlake\.config\.ts nor convlake\.config\.json in .*-c config=<file>/,
    );
    expect(readdirSync(join(folder, 'out'))).toEqual([]);
  });

  test("fails with an account for addresses of this machine and for the example's tenants, whatever file has them", () => {
    const config = configure({ tenant: 'tenant-alpha', baseUrl: 'http://localhost:8080' });
    const { status, says } = synthesize({ context: { config }, account: '123456789012' });

    expect(status).toBe(1);
    expect(says.split('\n').slice(0, 3)).toEqual([
      `${config} cannot be deployed:`,
      "- streams[0].baseUrl: http://localhost:8080 is on this machine, where no function looks; write the vendor's, or leave it out",
      '- streams[0].tenant: "tenant-alpha" is the example\'s; write yours, or say -c allowExample=true if it is',
    ]);
    expect(says).not.toContain('    at ');
  });

  test('synthesizes tenants that are called like those of the example where it is told that they are meant', () => {
    const config = configure({ tenant: 'tenant-alpha' });
    const { status, says } = synthesize({ context: { config, allowExample: 'true' }, account: '123456789012' });

    expect(`${status} ${says}`).toMatch(/^0 /);
  });

  test('fails in words of its own where no stack can be named after the stage', () => {
    const { status, says } = synthesize({ context: { config: configure({}, 'Dev_X') } });

    expect(status).toBe(1);
    expect(says).toMatch(/^the configuration cannot be deployed:\n- stage: "Dev_X" cannot be part of/);
    expect(says).not.toContain('    at ');
  });
});
