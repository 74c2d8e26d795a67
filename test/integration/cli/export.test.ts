import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { StreamName } from '../../../contract/streams.ts';
import { faultsAt } from '../../simulator/simulator.ts';
import { now, openDesk, programEnd, vendorLines } from './cli-fixture.ts';

const everyStream: readonly StreamName[] = [
  'crescendo.vocconv',
  'crescendo.botconv',
  'salesloft.conversations',
  'voiceable.conversations',
  'elevenlabs.conversations',
];
/** Every code that moves a terminal's cursor or changes its colours begins with it. */
const escapeCode = '\u001b';

test('exports every stream and prints one line of JSON for each', async () => {
  const { run, rows, simulator } = await openDesk(everyStream);

  const { status, lines, stderr } = await run(['export', '--json', '--now', now]);

  expect(status).toBe(0);
  expect(lines.map(({ stream }) => stream).toSorted()).toEqual(everyStream.toSorted());
  for (const stream of everyStream) {
    const expected = vendorLines(simulator, stream);
    expect((await rows(stream)).toSorted()).toEqual(expected.toSorted());
    expect(lines.find((line) => line['stream'] === stream)).toEqual({
      stream,
      tenant: 'tenant-alpha',
      outcome: 'caught up',
      rows: { read: expected.length, new: expected.length, changed: 0, unchanged: 0 },
      requests: expect.any(Number),
      objects: expect.toSatisfy((objects: readonly { rows: number; changed: number }[]) =>
        objects.every((object) => object.rows > 0 && object.rows === object.changed),
      ),
      watermark: '2026-03-10T12:00:00.000Z',
    });
  }
  expect(stderr).toContain('crescendo.vocconv of tenant-alpha: caught up');
  expect(stderr).not.toContain(escapeCode);
});

test('prints a table without a single escape code where no terminal is', async () => {
  const { run } = await openDesk(['crescendo.vocconv', 'salesloft.conversations']);

  const { status, stdout, stderr } = await run(['export', '--now', now, '--stream', 'crescendo.vocconv']);

  expect(status).toBe(0);
  expect(stdout).toMatch(/^stream +tenant +outcome +rows read +new +changed +unchanged +objects +bytes +requests/);
  expect(stdout).toMatch(/\ncrescendo\.vocconv +tenant-alpha +caught up +550 +550 +0 +0 +6 /);
  expect(stdout).not.toContain('salesloft');
  expect(stdout + stderr).not.toContain(escapeCode);
});

test('lets no failing stream stop another, and exits 1', async () => {
  const faults = faultsAt(
    Object.fromEntries(Array.from({ length: 20 }, (_, at) => [at, { kind: 'status', status: 403 }])),
  );
  const { run } = await openDesk(['salesloft.conversations', 'voiceable.conversations'], {
    knobs: { salesloft: { faults } },
  });

  const { status, lines } = await run(['export', '--json', '--now', now]);

  expect(status).toBe(1);
  expect(Object.fromEntries(lines.map(({ stream, outcome }) => [stream, outcome]))).toEqual({
    'salesloft.conversations': 'failed',
    'voiceable.conversations': 'caught up',
  });
  expect(lines.find(({ outcome }) => outcome === 'failed')?.['error']).toContain('env:VENDOR_KEY was refused (403');
});

test('fails a stream whose credential is not in the environment, naming the variable', async () => {
  const { run, simulator } = await openDesk(['voiceable.conversations']);

  const { status, stdout } = await run(['export'], {});

  expect(status).toBe(1);
  expect(stdout).toContain('the credential env:VENDOR_KEY is not set');
  expect(simulator.stats('voiceable.conversations').requests).toBe(0);
});

test('exits 3 when the time is over, and goes on where it was', async () => {
  const { run, rows, simulator } = await openDesk(['crescendo.botconv'], {
    settings: { window: '6 hours', concurrency: 1 },
  });

  const first = await run(['export', '--json', '--now', now, '--time-limit', '1 ms']);
  const second = await run(['export', '--json', '--now', now]);

  expect(first.status).toBe(3);
  expect(first.lines).toMatchObject([{ outcome: 'out of time', watermark: '2026-03-05T06:00:00.000Z', requests: 1 }]);
  expect(second.status).toBe(0);
  expect((await rows('crescendo.botconv')).toSorted()).toEqual(vendorLines(simulator, 'crescendo.botconv').toSorted());
});

test('commits what was read when it is interrupted, exits 130, and loses nothing', async () => {
  const stream = 'elevenlabs.conversations';
  const { start, run, rows, simulator } = await openDesk([stream], { settings: { concurrency: 1 } });
  const child = start(['export', '--json', '--now', now]);
  // The fourth answer never comes, so the run cannot end by itself.
  simulator.turn({
    elevenlabs: {
      onRequest: (requestNumber) => void (requestNumber === 4 && child.kill('SIGINT')),
      faults: faultsAt({ 4: { kind: 'hang' } }),
    },
  });

  const interrupted = await programEnd(child);
  const committed = await rows(stream);
  const again = await run(['export', '--json', '--now', now]);

  expect(interrupted.status).toBe(130);
  expect(interrupted.lines).toMatchObject([{ outcome: 'out of time', rows: { read: committed.length } }]);
  expect(committed.length).toBeGreaterThan(0);
  expect(again.status).toBe(0);
  expect((await rows(stream)).toSorted()).toEqual(vendorLines(simulator, stream).toSorted());
});

test('reads again as far back as --lookback says', async () => {
  const { run, rows, simulator } = await openDesk(['crescendo.vocconv']);
  const world = simulator.world('crescendo.vocconv');
  await run(['export', '--now', now]);
  const threeDaysAgo = [...world.current()].find(({ line }) => line.includes('"DatetimeUTC":"2026-03-07'));
  const corrected = threeDaysAgo?.line.replace(/"Duration":\d+/, '"Duration":424242') ?? '';
  world.put(corrected);

  const ordinary = await run(['export', '--json', '--now', now]);
  const farther = await run(['export', '--json', '--now', now, '--lookback', '4 days']);

  expect(ordinary.lines).toMatchObject([{ rows: { changed: 0 }, objects: [] }]);
  expect(farther.lines).toMatchObject([{ rows: { new: 0, changed: 1 }, objects: [{ changed: 1 }] }]);
  expect(await rows('crescendo.vocconv')).toContain(corrected);
});

test('gzip: "single" writes objects of one member from the next change on, and leaves the others as they are', async () => {
  const desk = await openDesk(['crescendo.vocconv']);
  const { run, rows, simulator, lake, folder } = desk;
  const world = simulator.world('crescendo.vocconv');
  const membersByObject = async () => {
    const table = join(lake, 'crescendo_vocconv');
    const objects = (await readdir(table, { recursive: true })).filter((file) => file.endsWith('.ndjson.gz')).sort();
    return Promise.all(objects.map(async (file) => ((await isOneMember(join(table, file))) ? 'one' : 'several')));
  };
  // Two members in every object: one for each of two commits.
  await run(['export', '--now', now]);
  for (const { line } of [...world.current()]) world.put(line.replace(/"ID":"/, '"ID":"second-'));
  await run(['export', '--now', now, '--lookback', '9 days']);
  const before = await membersByObject();
  const configuration = join(folder, 'convlake.config.json');
  const written = JSON.parse(await readFile(configuration, 'utf8'));
  for (const stream of written.streams) stream.gzip = 'single';
  await writeFile(configuration, JSON.stringify(written));

  const same = await run(['export', '--json', '--now', now, '--lookback', '9 days']);
  const unchanged = await membersByObject();
  const today = [...world.current()].filter(({ line }) => line.includes('"DatetimeUTC":"2026-03-10'));
  for (const { line } of today.slice(0, 3)) world.put(line.replace(/"Duration":\d+/, '"Duration":424242'));
  const changed = await run(['export', '--json', '--now', now]);

  expect(before).toEqual(before.map(() => 'several'));
  expect(same.lines).toMatchObject([{ objects: [] }]);
  expect(unchanged).toEqual(before);
  expect(changed.lines).toMatchObject([{ rows: { changed: 3 } }]);
  expect(await membersByObject()).toEqual([...before.slice(0, -1), 'one']);
  expect((await rows('crescendo.vocconv')).toSorted()).toEqual(vendorLines(simulator, 'crescendo.vocconv').toSorted());
});

/** Whether a reader that knows one gzip member only reads the whole file; DecompressionStream fails for anything behind it. */
async function isOneMember(path: string): Promise<boolean> {
  const unpacked = new Blob([await readFile(path)]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(unpacked).arrayBuffer().then(
    () => true,
    () => false,
  );
}

test('a disabled tenant is skipped, but for a backfill that names it', async () => {
  const { run, rows } = await openDesk(['crescendo.vocconv'], { settings: { enabled: false } });
  const span = ['--from', '2026-03-06', '--to', '2026-03-08'];
  const named = ['--tenant', 'tenant-alpha'];

  const exported = await run(['export', '--json', '--now', now, ...named]);
  const unnamed = await run(['backfill', '--json', '--now', now, ...span]);
  const backfilled = await run(['backfill', '--json', '--now', now, ...span, ...named]);

  expect([exported, unnamed].flatMap(({ lines }) => lines)).toMatchObject([
    { outcome: 'skipped', requests: 0 },
    { outcome: 'skipped', requests: 0 },
  ]);
  expect(backfilled.lines).toMatchObject([{ outcome: 'caught up', rows: { new: 200 } }]);
  expect(await rows('crescendo.vocconv')).toHaveLength(200);
});

test('backfills a past span and leaves the checkpoint alone', async () => {
  const { run, rows, lake } = await openDesk(['salesloft.conversations']);
  const span = ['--from', '2026-03-06', '--to', '2026-03-08T00:00:00Z'];

  const first = await run(['backfill', '--json', '--now', now, ...span]);
  const again = await run(['backfill', '--json', '--now', now, ...span]);

  expect(first.status).toBe(0);
  expect(first.lines).toMatchObject([{ outcome: 'caught up', rows: { new: 200 } }]);
  expect(again.lines).toMatchObject([{ rows: { new: 0, changed: 0, unchanged: 200 }, objects: [] }]);
  expect(await rows('salesloft.conversations')).toHaveLength(200);
  await expect(readFile(join(lake, '.checkpoints', 'salesloft', 'conversations', 'tenant-alpha.json'))).rejects.toThrow(
    'ENOENT',
  );
});

test.each([
  ['without a limit, once it would be longer than fifteen minutes', '901', []],
  ['within its time limit', '20', ['--time-limit', '20 seconds']],
])('a wait that a vendor names ends an export with status 3: %s', async (_, retryAfter, limit) => {
  const faults = faultsAt({ 1: { kind: 'status', status: 429, retryAfter } });
  const { run } = await openDesk(['crescendo.vocconv'], { knobs: { crescendo: { faults } } });

  const { status, lines } = await run(['export', '--json', '--now', now, ...limit]);

  expect(status).toBe(3);
  expect(lines).toMatchObject([{ outcome: 'out of time' }]);
});
