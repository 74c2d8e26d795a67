import { expect, test } from 'vitest';
import { HOUR_MS } from '../../support/durations.ts';
import { lakeRows } from '../../support/run/live-export.ts';
import { testScene } from '../../support/run/scene.ts';

test('links that are signed anew in every response cost no commit, and every row keeps the one it came with', async () => {
  const scene = await testScene({
    stream: 'crescendo.botconv',
    rows: 60,
    knobs: { ratingWithinMs: 0 },
    configuration: { volatile: ['recording.url'] },
  });
  scene.turn({
    faults: (number) => ({
      kind: 'edit',
      edit: (body) => body.replaceAll('{"ID":', `{"recording":{"url":"https://example.com/${number}"},"ID":`),
    }),
  });
  const first = await scene.run();
  const before = await lakeRows(scene.lake, 'crescendo_botconv');
  scene.advance(HOUR_MS);

  const second = await scene.run();

  expect(first.rows.new).toBeGreaterThan(50);
  expect(second.rows.read).toBeGreaterThan(0);
  expect(second).toMatchObject({ outcome: 'caught up', rows: { changed: 0 } });
  const after = (await lakeRows(scene.lake, 'crescendo_botconv')).map(({ line }) => line);
  expect(after).toEqual(expect.arrayContaining(before.map(({ line }) => line)));
  for (const line of after) expect(line).toMatch(/"url":"https:\/\/example\.com\/\d+"/);
});
