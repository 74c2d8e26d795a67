import { describe, expect, test } from 'vitest';
import { lakeDifferences, noDifferences } from '../../support/lake/lake-differences.ts';
import { testScene } from '../../support/run/scene.ts';
import { cursorNames, naiveTarget, walkUntilShortPage } from '../../support/vendor/naive-walks.ts';

describe('a vendor that stops at 10,000 rows', () => {
  /** Elasticsearch pages no further than its 10,000th hit, and counts no further either. */
  function stopAtTenThousand(body: string): string {
    const next = /"cursor":\{"next":"([^"]+)"\}/.exec(body)?.[1];
    if (next === undefined) return body;
    const token: unknown = JSON.parse(Buffer.from(next, 'base64url').toString());
    const offset = typeof token === 'object' && token !== null && 'offset' in token ? Number(token.offset) : 0;
    return offset >= 10_000 ? body.replace(/"cursor":\{"next":"[^"]+"\}/, '"cursor":{"next":null}') : body;
  }

  test('gives all of a day with more, because its windows are split', async () => {
    const scene = await testScene({
      stream: 'crescendo.vocconv',
      rows: 12_000,
      days: 1,
      knobs: {
        cursor: 'offset',
        total: { saturatesAt: 10_000 },
        faults: () => ({ kind: 'edit', edit: stopAtTenThousand }),
      },
      configuration: { pageSize: 5000 },
    });

    const { outcome, reconciled } = await scene.run();

    expect({ outcome, reconciled }).toEqual({ outcome: 'caught up', reconciled: true });
    expect(await lakeDifferences(scene)).toEqual(noDifferences);

    const query = { from: new Date(scene.simulator.since).toISOString() };
    const naive = await walkUntilShortPage(naiveTarget(scene), cursorNames.crescendo, {
      query,
      size: 5000,
      resend: false,
    });
    expect(naive).toHaveLength(10_000);
  });
});

test('a total that no walk ever reaches is reported, and the rows are there', async () => {
  const scene = await testScene({ stream: 'crescendo.vocconv', rows: 2000, days: 1 });
  const tooMany = (body: string) => body.replace(/"total":(\d+)/, (_, total) => `"total":${Number(total) + 2}`);
  scene.turn({ faults: () => ({ kind: 'edit', edit: tooMany }) });
  const start = new Date(scene.now() - 20 * 60_000).toISOString();

  const { outcome, reconciled } = await scene.run({ start, configuration: { pageSize: 100 } });

  expect({ outcome, reconciled }).toEqual({ outcome: 'caught up', reconciled: false });
  const { missing, ...others } = await lakeDifferences(scene);
  const sinceStart = [...scene.world.current()].filter(({ time }) => time >= Date.parse(start));
  expect(sinceStart.filter(({ key }) => missing.includes(key ?? ''))).toEqual([]);
  expect({ ...others, missing: [] }).toEqual(noDifferences);
});
