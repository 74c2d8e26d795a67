import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prepare, prepareBackfill } from '../../../cli/options/prepare.ts';
import { testFolder } from '../../support/lake/file-lake.ts';

test('a backfill means a disabled tenant only where it is named', async () => {
  const config = join(await testFolder(), 'convlake.config.json');
  const common = { stream: 'crescendo.vocconv', credential: 'env:KEY', start: '2026-01-01T00:00:00Z' };
  const streams = [
    { ...common, tenant: 'on' },
    { ...common, tenant: 'off', enabled: false },
  ];
  await writeFile(config, JSON.stringify({ stage: 'test', lake: './lake', streams }));
  const span = { from: '2026-01-01', to: '2026-01-02', now: '2026-02-01T00:00:00Z' };
  const enabled = async (tenant?: string[]) => {
    const prepared = await prepareBackfill({ config, ...span, ...(tenant && { tenant }) });
    return prepared.streams.filter((stream) => stream.enabled).map((stream) => stream.tenant);
  };

  expect(await enabled()).toEqual(['on']);
  expect(await enabled(['off'])).toEqual(['off']);
  expect(await enabled(['on', 'off'])).toEqual(['on', 'off']);
});

test.each([
  ['beside the file that names it', './lake', undefined, (folder: string) => join(folder, 'lake')],
  ['above it', '../lake', undefined, (folder: string) => join(folder, '../lake')],
  ['where its whole path says', '/data/lake', undefined, () => '/data/lake'],
  ['in a bucket', 's3://bucket/prefix', undefined, () => 's3://bucket/prefix'],
  ['where --lake says, from where that is typed', './lake', './here', () => './here'],
])('a lake lies %s', async (_, lake, typed, place) => {
  const folder = await testFolder();
  const config = join(folder, 'convlake.config.json');
  const stream = { stream: 'crescendo.vocconv', tenant: 'a', credential: 'env:KEY', start: '2026-01-01' };
  await writeFile(config, JSON.stringify({ stage: 'test', lake, streams: [stream] }));

  const { configuration } = await prepare({ config, ...(typed && { lake: typed }) });

  expect(configuration.lake).toBe(place(folder));
});
