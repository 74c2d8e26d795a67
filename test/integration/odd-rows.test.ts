import { describe, expect, test } from 'vitest';
import { type StreamName, streamDefinition, streams } from '../../contract/streams.ts';
import { lakeDifferences, noDifferences } from '../support/lake-differences.ts';
import { lakeLines } from '../support/live-export.ts';
import { HOUR_MS, type Scene, type SceneKnobs, testScene } from '../support/scene.ts';

const knobs: readonly (readonly [string, SceneKnobs])[] = [
  ['fields that are text here and lists there', { unionTypes: 1 }],
  ['fields that nobody documented', { unknownFields: 0.5 }],
  ['integers beyond 2^53, long decimals, names that stand twice', { bigNumbers: 0.5, duplicateNames: 0.5 }],
  ['bodies broken into lines with CR LF', { layout: 'crlf', unknownFields: 0.5, duplicateNames: 0.5, unionTypes: 1 }],
  ['rows without a key', { nullKeys: 0.2 }],
  ['rows without a time', { nullTimes: 0.2 }],
  ['rows whose time comes hours after them', { untimed: { share: 0.5, forMs: 5 * HOUR_MS } }],
  ['rows that show up late', { late: { share: 0.3, byMs: 5 * HOUR_MS } }],
  [
    'rows that show up late, without a time at first',
    { late: { share: 0.5, byMs: 2 * HOUR_MS }, untimed: { share: 0.5, forMs: 4 * HOUR_MS } },
  ],
  ['calls that never end', { stuckOpen: 0.3 }],
  ['many rows that begin in one second', { tieMs: 6 * HOUR_MS }],
];

async function linesOf({ lake, stream }: Scene): Promise<string[]> {
  return (await lakeLines(lake, streamDefinition(stream).table)).map(({ line }) => line);
}

describe.each(knobs)('%s', (_, knob) => {
  test.each([...streams.keys()])(
    'of %s come out as the vendor wrote them, once, in their own dates',
    async (stream) => {
      const scene = await testScene({ stream, rows: 100, knobs: knob });
      for (let hour = 0; hour < 4; hour++) {
        const { outcome } = await scene.run();
        expect(outcome).toBe('caught up');
        scene.advance(1.5 * HOUR_MS);
      }

      await scene.settle();

      expect(await lakeDifferences(scene)).toEqual(noDifferences);
    },
  );
});

test("the rows of Voiceable's own front end are exported as well", async () => {
  const scene = await testScene({ stream: 'voiceable.conversations', knobs: { rowShape: 'app' } });

  await scene.run();

  expect(await lakeDifferences(scene)).toEqual(noDifferences);
});

test('keys that no double can tell apart are two rows, and names may hold spaces and escapes', async () => {
  const scene = await testScene({ stream: 'crescendo.botconv', rows: 0 });
  const time = scene.now() - HOUR_MS;
  const rows = [
    `{"ID":9007199254740993,"Datetime":${time},"Handoff Reason":"a\\u00e9\\/b","n":1.10e+2}`,
    `{"ID":9007199254740992,"Datetime":${time},"Contact Name":"\\ud83d\\ude00","n":0.1000000000000000055511151231257827}`,
    `{ "ID" : "9007199254740994",\r\n "Datetime" : ${time} , "a" : [ ] }`,
  ];
  for (const [n, row] of rows.entries()) scene.world.put(row, { key: `row ${n}`, time });

  await scene.run();

  const [first = '', second = '', third = ''] = rows;
  expect((await linesOf(scene)).sort()).toEqual([first, second, third.replace('\r\n', '')].sort());
});

describe('a row whose own time changes', () => {
  const timed: Readonly<Partial<Record<StreamName, (atMs: number) => object>>> = {
    'crescendo.vocconv': (atMs) => ({ DatetimeUTC: new Date(atMs).toISOString() }),
    'elevenlabs.conversations': (atMs) => ({ start_time_unix_secs: Math.floor(atMs / 1000) }),
  };

  // The documented limit: nobody can know that the old copy is one. It is kept, and not written anew by every run.
  test.each(['crescendo.vocconv', 'elevenlabs.conversations'] as const)(
    'of %s has its newest copy in its new date',
    async (stream) => {
      const scene = await testScene({ stream, rows: 0 });
      const [key, at] = ['moves', scene.now() - 26 * HOUR_MS];
      const name = stream === 'crescendo.vocconv' ? 'ID' : 'conversation_id';
      scene.world.put({ [name]: key, ...timed[stream]?.(at) });
      await scene.run();
      scene.world.put({ [name]: key, ...timed[stream]?.(scene.now() - HOUR_MS) });
      scene.advance(HOUR_MS);

      await scene.run();
      const again = await scene.run();

      const dates = (await lakeLines(scene.lake, streamDefinition(stream).table)).map(({ dt }) => dt);
      expect(dates.sort()).toEqual(['2026-05-19', '2026-05-20']);
      expect(again.objects).toEqual([]);
    },
  );
});
