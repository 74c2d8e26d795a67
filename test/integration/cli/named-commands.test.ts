import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Desk, now, openDesk, type ProgramEnd, vendorLines } from './cli-fixture.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const STREAM = 'elevenlabs.conversations';

/** The options that a command needs when it is typed as it is printed. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  backfill: ['--stream', '--tenant', '--from', '--to'],
  rewind: ['--stream', '--tenant', '--to', '--yes'],
};

/** The command of a message, as words after `convlake`. */
function commandIn(text: string): readonly string[] {
  const [, command = ''] = /convlake ((?:backfill|rewind) [^\n]*?)(?:"|$|\n)/m.exec(text) ?? [];
  return command.split(' ');
}

test('whatever message names a command names it with all that it needs', async () => {
  const prescribed: string[] = [];
  for (const folder of ['functions', 'cli', 'infra', 'contract']) {
    const files = await readdir(join(root, folder), { recursive: true });
    for (const file of files.filter((name) => name.endsWith('.ts'))) {
      const lines = (await readFile(join(root, folder, file), 'utf8')).split('\n');
      // Comments speak of commands by their names.
      const code = lines.filter((line) => !/^\s*(?:\/\*\*|\*|\/\/)/.test(line)).join('\n');
      for (const [, verb = '', rest = ''] of code.matchAll(/convlake (backfill|rewind)\b([^`'\n]*)/g)) {
        const missing = NEEDED[verb]?.filter((option) => !rest.includes(`${option}`)) ?? [];
        prescribed.push(`${file}: ${verb} lacks ${missing.join(' ') || 'nothing'}`);
      }
    }
  }

  expect(prescribed.length).toBeGreaterThanOrEqual(4);
  expect(prescribed.filter((found) => !found.endsWith('lacks nothing'))).toEqual([]);
});

describe('the command that is named works as it is printed', () => {
  /** Types it, with what the desk itself needs. */
  async function typed(desk: Desk, said: ProgramEnd): Promise<ProgramEnd> {
    const command = commandIn(said.stderr);
    expect(command[0], said.stderr).toMatch(/^(?:backfill|rewind)$/);
    return desk.run(command);
  }

  test('where start was moved back', async () => {
    const desk = await openDesk([STREAM], { settings: { start: '2026-03-08T00:00:00Z' } });
    await desk.run(['export', '--now', now]);
    await configure(desk, { start: new Date(desk.simulator.since).toISOString() });

    const warned = await desk.run(['export', '--now', now]);
    const { status } = await typed(desk, warned);

    expect(status).toBe(0);
    expect(await desk.rows(STREAM)).toHaveLength(vendorLines(desk.simulator, STREAM).length);
  });

  test('where an object cannot be read, once it is moved aside', async () => {
    const desk = await openDesk([STREAM]);
    await desk.run(['export', '--now', now]);
    const table = join(desk.lake, 'elevenlabs_conversations');
    const files = await readdir(table, { recursive: true });
    const object = join(table, files.find((file) => file.endsWith('2026-03-09.ndjson.gz')) ?? '');
    await writeFile(object, (await readFile(object)).subarray(0, 100));

    const failed = await desk.run(['export', '--now', now]);
    await rename(object, `${object}.aside`);
    const { status } = await typed(desk, { ...failed, stderr: failed.stderr + failed.stdout });

    expect(failed.status).toBe(1);
    expect(status).toBe(0);
    expect(await desk.rows(STREAM)).toHaveLength(vendorLines(desk.simulator, STREAM).length);
  });

  test('in a shell, where configuration and lake were named in a folder with a blank', async () => {
    const desk = await openDesk([STREAM]);
    await mkdir(join(desk.folder, "Ada's lake"));
    await rename(join(desk.folder, 'convlake.config.json'), join(desk.folder, "Ada's lake", 'own.json'));
    const named = ['--config', "./Ada's lake/own.json", '--lake', "Ada's lake/rows"];
    await desk.run(['export', '--now', now, ...named]);
    const table = join(desk.folder, "Ada's lake/rows/elevenlabs_conversations");
    const files = await readdir(table, { recursive: true });
    const object = join(table, files.find((file) => file.endsWith('2026-03-09.ndjson.gz')) ?? '');
    await writeFile(object, (await readFile(object)).subarray(0, 100));

    const failed = await desk.run(['export', '--now', now, ...named]);
    const json = await desk.run(['export', '--now', now, '--json', ...named]);
    const told = await desk.run(['status', '--now', now, ...named]);
    await rename(object, `${object}.aside`);

    const [command = ''] = /npx convlake backfill .*$/m.exec(told.stdout) ?? [];
    expect(failed.stdout).toContain(command);
    expect(json.lines).toMatchObject([{ error: expect.stringContaining(command) }]);
    expect(await inShell(desk, command)).toBe(0);
    expect(await readdir(table, { recursive: true })).toContain(files.find((file) => object.endsWith(file)));
  });

  test('where the record of a backfill is that of something else', async () => {
    const desk = await openDesk([STREAM]);
    const span = ['--from', '2026-03-07', '--to', '2026-03-09'];
    await desk.run(['backfill', ...span, '--time-limit', '1 ms']);
    const folder = join(desk.lake, '.checkpoints/elevenlabs/conversations');
    const [record = ''] = await readdir(folder);
    const path = join(folder, record);
    const kept = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...kept, start: '2026-03-01T00:00:00.000Z' }));

    const refused = await desk.run(['backfill', ...span]);
    const { status } = await typed(desk, { ...refused, stderr: refused.stderr + refused.stdout });

    expect(refused.status).toBe(1);
    expect(status).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });

  test('where a rewind cannot be read: another one takes its place', async () => {
    const desk = await openDesk([STREAM]);
    await desk.run(['export', '--now', now]);
    await writeFile(join(desk.lake, `.checkpoints/elevenlabs/conversations/${desk.simulator.tenant}~rewind.json`), '{');

    const failed = await desk.run(['export', '--now', now]);
    const ordered = await desk.run(['rewind', '--to', '2026-03-09', '--yes']);
    const fixed = await desk.run(['export', '--now', now]);

    expect([failed, ordered, fixed].map(({ status }) => status)).toEqual([1, 0, 0]);
  });
});

/** Types a command into a shell as it is printed, where npx starts the program of this clone. Resolves to the exit status. */
async function inShell({ folder, simulator }: Desk, command: string): Promise<number | null> {
  const program = join(root, 'cli/convlake.ts');
  const npx = `npx() { shift; '${process.execPath}' '${program}' "$@"; }`;
  const shell = spawn('sh', ['-c', `${npx}; ${command}`], { cwd: folder, env: { VENDOR_KEY: simulator.apiKey } });
  const [status] = await once(shell, 'close');
  return status;
}

async function configure({ folder }: Desk, settings: Readonly<Record<string, unknown>>): Promise<void> {
  const path = join(folder, 'convlake.config.json');
  const { streams, ...others } = JSON.parse(await readFile(path, 'utf8'));
  const changed = streams.map((stream: object) => ({ ...stream, ...settings }));
  await writeFile(path, JSON.stringify({ ...others, streams: changed }));
}
