import { expect, test } from 'vitest';
import { overlayLake } from '../../../../cli/verify/overlay-lake.ts';
import { bytesOf, pieces } from '../../../support/lake/file-lake.ts';
import { MemoryLake } from '../../../support/run/memory-ports.ts';

const key = 'crescendo_vocconv/tenant=a/dt=2026-01-01/2026-01-01.ndjson.gz';
const provenance = { commitId: 'c', runId: 'r', rows: 1 };

test('what is committed to the overlay lies in it, and the lake below stays as it is', async () => {
  const base = new MemoryLake().connect();
  const tag = await base.replace(key, undefined, pieces(Buffer.from('as it is')), provenance);
  const lake = overlayLake(base, new MemoryLake().connect());

  const first = await lake.replace(key, tag, pieces(Buffer.from('as it would be')), provenance);
  const second = await lake.replace(key, first, pieces(Buffer.from('and later')), provenance);

  expect(await bytesOf(lake.read(key, second))).toEqual(Buffer.from('and later'));
  expect(await base.tagOf(key)).toBe(tag);
  expect([...lake.written]).toEqual([key]);
});

test('an object that others replace meanwhile is not taken for the one that was compared', async () => {
  const base = new MemoryLake().connect();
  const tag = await base.replace(key, undefined, pieces(Buffer.from('as it is')), provenance);
  await base.replace(key, tag, pieces(Buffer.from('changed')), provenance);
  const lake = overlayLake(base, new MemoryLake().connect());

  await expect(lake.replace(key, tag, pieces(Buffer.from('new')), provenance)).rejects.toMatchObject({
    code: 'object-changed',
  });
});
