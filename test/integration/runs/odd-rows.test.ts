import { describe, expect, test } from 'vitest';
import { type StreamName, streamDefinition } from '../../../contract/streams.ts';
import { HOUR_MS } from '../../support/durations.ts';
import { lakeLines } from '../../support/run/live-export.ts';
import { type Scene, testScene } from '../../support/run/scene.ts';

async function linesOf({ lake, stream }: Scene): Promise<string[]> {
  return (await lakeLines(lake, streamDefinition(stream).table)).map(({ line }) => line);
}

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
