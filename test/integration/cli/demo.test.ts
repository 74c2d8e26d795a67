import { expect, test } from 'vitest';
import { testFolder } from '../../support/lake/file-lake.ts';
import { programEnd, startProgram } from './cli-fixture.ts';

test('the demo exports every stream, answers a query, and writes next to nothing when it runs again', async () => {
  const folder = await testFolder();

  const first = await programEnd(startProgram(folder, [], {}, 'demo/demo.ts'));
  const again = await programEnd(startProgram(folder, [], {}, 'demo/demo.ts'));

  expect(first.status).toBe(0);
  expect(first.stdout.match(/ demo +caught up +10,\d{3} /g)).toHaveLength(6);
  expect(first.stdout.match(/ demo +caught up +1,\d{3} /g)).toHaveLength(4);
  expect(first.stdout).toMatch(/Wrote 20\d objects, in /);
  expect(first.stdout).toMatch(/\nsecond +role +said\n +0 +agent +\S/);
  expect(first.stdout).toMatch(/\ndt +conversations +voice +chat +email +csat\n\d{4}-\d\d-\d\d +33\d /);
  expect(again.status).toBe(0);
  expect(again.stdout).toMatch(/Wrote \d+ objects?, left \d{3} objects as they were/);
  // The lists' own pages, and details of calls that were not over.
  const requests = /\nall .* (\d+) *\n/.exec(again.stdout)?.[1];
  expect(Number(requests)).toBeLessThan(80);
});
