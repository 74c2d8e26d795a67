/**
 * Another process on a file lake, told by its arguments what to be: `<part> <root> <key> <name> <commits>`. It says over IPC
 * where it has got to, and goes on when it is told to.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '../../../functions/engine/errors.ts';
import { openFileLake } from '../../../functions/lake/file/file-lake.ts';
import { openLock } from '../../../functions/lake/file/lock.ts';
import { gzipCodec } from '../../../functions/lake/gzip/gzip.ts';

const [part = '', root = '', key = '', name = '', commits = '1'] = process.argv.slice(2);
const lake = await openFileLake(root);
const codec = gzipCodec({ level: 1 });
const provenance = { commitId: name, runId: name, rows: 1 };

const say = (word: string) => process.send?.(word);
const toBeTold = () => new Promise((told) => process.once('message', told));

/** What the object holds, with one more line. */
async function withLine(tag: string | undefined, line: string): Promise<Uint8Array> {
  const lines: Uint8Array[] = [];
  if (tag !== undefined)
    for await (const member of codec.readMembers(lake.read(key, tag), key)) lines.push(member.lines);
  return codec.pack(Buffer.concat([...lines, Buffer.from(`${line}\n`)]));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Reads, adds a line, writes, and begins again where another process was faster. */
async function addLine(line: string, afterReading: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      const tag = await lake.tagOf(key);
      const object = await withLine(tag, line);
      await afterReading();
      await lake.replace(key, tag, once(object), provenance);
      return;
    } catch (error) {
      if (!hasCode(error, 'object-changed')) throw error;
    }
  }
}

async function* unfinished(): AsyncGenerator<Uint8Array> {
  yield await codec.pack(Buffer.from('never\n'));
  say('writing');
  await new Promise((never) => setTimeout(never, 2 ** 31 - 1));
}

const parts: Readonly<Record<string, () => Promise<unknown>>> = {
  async 'add lines'() {
    for (let n = 0; n < Number(commits); n++) await addLine(`${name}-${n}`, async () => {});
  },
  async 'add a line when told'() {
    let first = true;
    await addLine(`${name}-0`, async () => {
      if (!first) return;
      first = false;
      const told = toBeTold();
      say('read');
      await told;
    });
  },
  // The control: what a lake without comparison would do.
  async 'add a line when told, without looking'() {
    const object = await withLine(await lake.tagOf(key), `${name}-0`);
    const told = toBeTold();
    say('read');
    await told;
    for (let done = false; !done; ) {
      done = await lake.replace(key, await lake.tagOf(key), once(object), provenance).then(
        () => true,
        () => false,
      );
    }
  },
  'never finish writing': () => lake.replace(key, undefined, unfinished(), provenance),
  'never let go': () =>
    openLock(`${root}/.checkpoints/lock.db`, { sleep, random: Math.random }).hold(() => {
      say('holding');
      return new Promise((never) => setTimeout(never, 2 ** 31 - 1));
    }),
};

await parts[part]?.();
await lake.close();
process.disconnect?.();
