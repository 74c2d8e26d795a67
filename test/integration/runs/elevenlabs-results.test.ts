import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { testScene } from '../../support/run/scene.ts';

test.each([
  [{ dataCollectionIds: ['order', 'name'], evaluationCriteriaIds: ['resolved'] }, ['name', 'order'], ['resolved']],
  [{}, [], []],
])(
  'rows have the results of the ids that the configuration names, and no others: %j',
  async (ids, collected, criteria) => {
    const scene = await testScene({ stream: 'elevenlabs.conversations', rows: 40, configuration: ids });

    await scene.run();

    const files = globSync('elevenlabs_conversations/**/*.ndjson.gz', { cwd: scene.lake });
    const lines = files.flatMap((file) =>
      gunzipSync(readFileSync(join(scene.lake, file)))
        .toString()
        .trimEnd()
        .split('\n'),
    );
    const rows = lines.map((line) => JSON.parse(line) as Readonly<Record<string, object | undefined>>);
    const idsOf = (field: string) => new Set(rows.flatMap((row) => Object.keys(row[field] ?? {})));
    expect(rows.length).toBeGreaterThan(30);
    expect([...idsOf('data_collection_results')]).toEqual(collected);
    expect([...idsOf('evaluation_criteria_results')]).toEqual(criteria);
  },
);
