import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundleHandler } from '../../../infra/handler/bundle-handler.ts';

const root = join(import.meta.dirname, '../../..');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'convlake-bundle-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Bundles a module and gives what it prints, which must be all that it says. */
function printed(source: string, texts: Readonly<Record<string, string>> = {}): string {
  const entry = join(folder, 'handler.ts');
  writeFileSync(entry, source);
  bundleHandler({ entry, texts }, folder);
  const { stdout, stderr } = spawnSync(process.execPath, [join(folder, 'index.mjs')], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout;
}

test('a text arrives as it is, whatever a shell would make of it', () => {
  const text = JSON.stringify({ path: '/a$(touch x)/`id`/$HOME/\'"\\ \u2028 ü', many: 'x'.repeat(300_000) });

  expect(printed('declare const SETTINGS: string; process.stdout.write(SETTINGS);', { SETTINGS: text })).toBe(text);
});

test('the part of undici that is bundled makes the requests of the adapter', () => {
  const program = `
    import { createServer } from 'node:http';
    import { errors, Pool } from 'undici';
    import { transportFailure } from '${root}/functions/http/transport/transport-failure.ts';
    const server = createServer((request, response) => (request.url === '/reset' ? request.socket.destroy() : response.setHeader('x-large', 'x'.repeat(64 * 1024)).end('pong')));
    server.listen(0, '127.0.0.1', async () => {
      const pool = new Pool('http://127.0.0.1:' + server.address().port, { maxHeaderSize: 80 * 1024 });
      const { body } = await pool.request({ method: 'GET', path: '/ping' });
      const text = await body.text();
      const failure = await pool.request({ method: 'GET', path: '/reset' }).catch((error) => error);
      process.stdout.write([text, failure instanceof errors.SocketError, transportFailure(failure)?.code].join(' '));
      await pool.destroy();
      server.close();
    });`;

  expect(printed(program)).toBe('pong true UND_ERR_SOCKET');
});

test('the same input gives the same bytes', () => {
  printed('console.log(1)');
  const first = readFileSync(join(folder, 'index.mjs'));
  printed('console.log(1)');

  expect(readFileSync(join(folder, 'index.mjs')).equals(first)).toBe(true);
});

test('a bundled client takes the credentials that Lambda gives, and no others', () => {
  const program = `
    import { SSMClient } from '@aws-sdk/client-ssm';
    const given = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };
    const found = () => new SSMClient({ region: 'eu-central-1' }).config.credentials().then(
      (credentials) => credentials.accessKeyId + credentials.sessionToken, () => 'none');
    for (const name of Object.keys(given)) delete process.env[name];
    const without = await found();
    Object.assign(process.env, given);
    process.stdout.write([without, await found()].join(' '));`;

  expect(printed(program)).toBe('none AKIAtoken');
});
