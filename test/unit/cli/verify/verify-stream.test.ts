import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { LakeView } from '../../../../cli/run/storage.ts';
import { type Verdict, verifyStream } from '../../../../cli/verify/verify-stream.ts';
import { gzipCodec } from '../../../../functions/lake/gzip/gzip.ts';
import { deployedStream } from '../../../support/aws/deployed-stream.ts';

const { credential: _, ...configured } = deployedStream();
const stream = { ...configured, credential: { kind: 'env', name: 'KEY', label: 'env:KEY' } } as const;
const row = (id: string, day: string) => JSON.stringify({ ID: id, DatetimeUTC: `${day}T10:00:00Z` });
const keyOf = (day: string) => `crescendo_vocconv/tenant=a/dt=${day}/${day}.ndjson.gz`;
const [first, second] = ['2026-01-01', '2026-01-02'];

/** A lake of these objects: text, or lines that are packed. */
function lakeOf(objects: Readonly<Record<string, string | readonly string[]>>): LakeView {
  const keys = Object.keys(objects);
  return {
    async *list(folder) {
      for (const key of keys.filter((one) => one.startsWith(folder))) yield { key, tag: key, modifiedAt: 0 };
    },
    async *read(key) {
      const content = objects[key] ?? '';
      yield typeof content === 'string' ? Buffer.from(content) : gzipSync(content.map((line) => `${line}\n`).join(''));
    },
    folders: async (folder) => [
      ...new Set(
        keys.filter((one) => one.startsWith(folder)).map((one) => one.slice(folder.length).split('/', 1).join()),
      ),
    ],
    close: async () => {},
  };
}

function verified(objects: Parameters<typeof lakeOf>[0]): Promise<Verdict> {
  const parts = { codec: gzipCodec({ level: 1 }), checkpoint: undefined, showKeys: false, reading: () => undefined };
  return verifyStream(stream, { lake: lakeOf(objects), ...parts });
}

function reportOf(key: string, rows: number, of = 'crescendo.vocconv') {
  const report = JSON.stringify({ stream: of, objects: [{ key, rows, bytes: 1, changed: 1 }] });
  return { 'convlake_runs/source=crescendo/tenant=a/dt=2026-01-03/vocconv-1.ndjson': `${report}\n` };
}

describe('a stream of a lake', () => {
  test('is well where each row stands once, in its own date', async () => {
    const objects = { [keyOf(first)]: [row('a', first)], [keyOf(second)]: [row('b', second)] };

    expect(await verified(objects)).toMatchObject({ objects: 2, rows: 2, findings: [], notes: [] });
  });

  test('has a key in two dates', async () => {
    const objects = { [keyOf(first)]: [row('a', first)], [keyOf(second)]: [row('a', second)] };

    const { findings } = await verified(objects);

    expect(findings).toMatchObject([{ kind: 'doubled', object: keyOf(second) }]);
    expect(findings[0]?.message).toContain(keyOf(first));
  });

  test('lacks an object that a run has written, and rows that a run left', async () => {
    const objects = { [keyOf(first)]: [row('a', first)] };

    expect((await verified({ ...objects, ...reportOf(keyOf(second), 3) })).findings).toMatchObject([
      { kind: 'object-gone', object: keyOf(second) },
    ]);
    expect((await verified({ ...objects, ...reportOf(keyOf(first), 2) })).findings).toMatchObject([
      { kind: 'rows-gone', object: keyOf(first) },
    ]);
    expect((await verified({ ...objects, ...reportOf(keyOf(second), 3, 'crescendo.botconv') })).findings).toEqual([]);
  });

  test('may have days without rows, which are told', async () => {
    const third = '2026-01-03';
    const objects = { [keyOf(first)]: [row('a', first)], [keyOf(third)]: [row('b', third)] };

    const { findings, notes } = await verified(objects);

    expect(findings).toEqual([]);
    expect(notes.join()).toContain(second);
  });

  test('is told of a hundred findings of a kind in an object, and of how many more there are', async () => {
    const { findings, untold } = await verified({ [keyOf(first)]: Array.from({ length: 130 }, () => '[]') });

    expect(findings).toHaveLength(100);
    expect(untold).toBe(30);
  });
});
