import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { objectKey } from '../../../contract/layout.ts';
import { streamDefinition } from '../../../contract/streams.ts';
import { HOUR_MS } from '../../support/durations.ts';
import { lakeDifferences, noDifferences } from '../../support/lake/lake-differences.ts';
import { exportedScene, type Scene, testScene } from '../../support/run/scene.ts';

const YESTERDAY = '2026-05-19';
const TODAY = '2026-05-20';

function keyOf({ stream, simulator }: Scene, dt: string): string {
  return objectKey({ table: streamDefinition(stream).table, tenant: simulator.tenant, dt });
}

/** Puts something else in the place of yesterday's object; resolves to what puts the right one back. */
async function spoil(scene: Scene, spoiled: (right: Buffer) => Uint8Array) {
  const path = join(scene.lake, keyOf(scene, YESTERDAY));
  const right = await readFile(path);
  const bytes = spoiled(right);
  await writeFile(path, bytes);
  return { path, bytes: Buffer.from(bytes), restore: () => writeFile(path, right) };
}

/** The keys whose newest row is not in today's object. */
async function notInToday(scene: Scene): Promise<string[]> {
  const lines = new Set(textOf(await readFile(join(scene.lake, keyOf(scene, TODAY)))).split('\n'));
  const todays = [...scene.world.current()].filter(({ time }) => new Date(time).toISOString().startsWith(TODAY));
  return todays.filter(({ line }) => !lines.has(line)).map(({ key }) => key ?? '');
}

const gzipOf = (text: string) => gzipSync(text);
const textOf = (object: Buffer) => gunzipSync(object).toString();

describe('an object that is none', () => {
  const ways: readonly (readonly [string, (right: Buffer) => Uint8Array])[] = [
    ['bytes that are no gzip', () => Buffer.from('these are no rows')],
    ['nothing at all', () => Buffer.alloc(0)],
    ['cut in half', (right) => right.subarray(0, right.length >> 1)],
    ['cut by a byte', (right) => right.subarray(0, -1)],
    ['a flipped bit', (right) => right.with(right.length >> 1, (right[right.length >> 1] ?? 0) ^ 16)],
    ['a wrong checksum', (right) => right.with(right.length - 6, (right[right.length - 6] ?? 0) ^ 1)],
    ['text behind the gzip', (right) => Buffer.concat([right, Buffer.from('\n')])],
    ['zeros behind the gzip, and something more', (right) => Buffer.concat([right, Buffer.alloc(512), right])],
    ['a line that is no JSON', (right) => gzipOf(`${textOf(right)}{"ID":\n`)],
    ['a line of two values', (right) => gzipOf(`${textOf(right)}{"ID":"a"} {"ID":"b"}\n`)],
    ['a blank line', (right) => gzipOf(`${textOf(right)}\n`)],
    ['a last line without an end', (right) => gzipOf(textOf(right).trimEnd())],
  ];

  test.each(ways)('stops its stream, is named and left alone: %s', async (_, way) => {
    for (const stream of ['crescendo.vocconv', 'salesloft.conversations'] as const) {
      const scene = await exportedScene(stream);
      const { path, bytes, restore } = await spoil(scene, way);

      const { outcome, error } = await scene.run();
      const kept = await readFile(path);
      await restore();
      await scene.settle();

      expect(outcome).toBe('failed');
      expect(error).toMatchObject({ code: 'object-corrupt', recovery: 'stop-stream' });
      expect(error?.message).toContain(keyOf(scene, YESTERDAY));
      expect(kept.equals(bytes)).toBe(true);
      expect(await lakeDifferences(scene)).toEqual(noDifferences);
    }
  });

  test('a folder in its place is named, and put right by whoever moves it aside', async () => {
    const scene = await exportedScene();
    const path = join(scene.lake, keyOf(scene, YESTERDAY));
    await rename(path, `${path}.aside`);
    await mkdir(path);

    const { outcome, error } = await scene.run();
    await rm(path, { recursive: true });
    await rename(`${path}.aside`, path);
    await scene.settle();

    expect({ outcome, code: error && 'code' in error && error.code }).toEqual({
      outcome: 'failed',
      code: 'object-corrupt',
    });
    expect(error?.message).toContain(keyOf(scene, YESTERDAY));
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });

  test('the days read before it are committed', async () => {
    const scene = await exportedScene();
    await spoil(scene, () => Buffer.from('no rows'));

    // One window after the other, the newest first; side by side, those that are being read end where they are.
    await scene.run({ configuration: { concurrency: 1 } });

    expect(await notInToday(scene)).toEqual([]);
  });
});

describe('an object that somebody else wrote', () => {
  const ways: readonly (readonly [string, (lines: string) => Uint8Array])[] = [
    ['one plain member', (lines) => gzipSync(lines)],
    ['uncompressed deflate blocks', (lines) => gzipSync(lines, { level: 0 })],
    ['a member for every line', (lines) => Buffer.concat(lines.match(/.*\n/g)?.map((line) => gzipSync(line)) ?? [])],
    [
      'members that end within lines',
      (lines) => Buffer.concat((lines.match(/[\s\S]{1,5000}/g) ?? []).map((part) => gzipSync(part))),
    ],
    ['an empty member among others', (lines) => Buffer.concat([gzipSync(''), gzipSync(lines), gzipSync('')])],
  ];

  test.each(ways)('is united with what is read: %s', async (_, way) => {
    const scene = await exportedScene();
    await spoil(scene, (right) => way(textOf(right)));

    const { outcome, rows } = await scene.run();

    expect(outcome).toBe('caught up');
    expect(rows.changed).toBeGreaterThan(0);
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });

  test('keeps its rows that the vendor does not know, and is left as it is while nothing changes', async () => {
    const scene = await testScene({ stream: 'crescendo.vocconv' });
    await scene.run();
    const foreign = `{"ID":"from elsewhere","DatetimeUTC":"${YESTERDAY}T12:00:00Z"}\n`;
    const { path, bytes } = await spoil(scene, (right) => gzipSync(textOf(right) + foreign));

    const unchanged = await scene.run();
    const asItIs = await readFile(path);
    const yesterdays = [...scene.world.current()].find(({ time }) =>
      new Date(time).toISOString().startsWith(YESTERDAY),
    );
    scene.world.change(yesterdays?.key ?? '', { note: 'changed' });
    const changed = await scene.run({ settings: { lookbackMs: 48 * HOUR_MS } });

    expect(unchanged.objects).toEqual([]);
    expect(asItIs.equals(bytes)).toBe(true);
    expect(changed.rows.changed).toBe(1);
    const { unexpected, ...others } = await lakeDifferences(scene);
    expect(unexpected).toEqual(['from elsewhere']);
    expect({ ...others, unexpected: [] }).toEqual(noDifferences);
  });

  test('with a key that stands twice is healed: one line of it is left', async () => {
    const scene = await exportedScene();
    await spoil(scene, (right) => gzipSync(textOf(right) + textOf(right)));

    await scene.run();

    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });
});
