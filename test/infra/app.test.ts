import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'convlake-assembly-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the app as the CDK's command does, on a machine that knows nothing of AWS. */
function synthesize(context: object = {}): { readonly status: number | null; readonly says: string } {
  const cdkJson: { context: object } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
  const { status, stdout, stderr } = spawnSync(process.execPath, ['infra/app.ts'], {
    cwd: root,
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      CDK_OUTDIR: join(folder, 'out'),
      CDK_CONTEXT_JSON: JSON.stringify({ ...cdkJson.context, ...context }),
    },
  });
  return { status, says: `${stdout}${stderr}` };
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
    const { status, says } = synthesize({ config: 'package.json' });

    expect(status).toBe(1);
    expect(says).toContain('package.json is not a configuration:\n- stage: is missing;');
  });

  test('fails in words of its own where no stack can be named after the stage', () => {
    const file = join(folder, 'config.json');
    const [stream, tenant, credential, start] = ['crescendo.vocconv', 'tenant-alpha', 'env:KEY', '2026-01-01'];
    const streams = [{ stream, tenant, credential, start }];
    writeFileSync(file, JSON.stringify({ stage: 'Dev_X', lake: './lake', streams }));
    const { status, says } = synthesize({ config: file });

    expect(status).toBe(1);
    expect(says).toContain('the configuration cannot be deployed:\n- stage: "Dev_X" cannot be part of');
  });
});
