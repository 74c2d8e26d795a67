import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import { exportStream } from '../../../../functions/engine/export-stream.ts';
import type { FetchPage } from '../../../../functions/engine/ports.ts';
import type { StreamSettings } from '../../../../functions/engine/settings.ts';
import { sources } from '../../../../functions/sources/index.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../support/durations.ts';
import { MemoryCheckpoint, MemoryLake } from '../../../support/run/memory-ports.ts';
import { type Conversation, SalesloftList } from '../../../support/vendor/salesloft-list.ts';
import { portsOf, START_MS, scriptedSettings } from '../../../support/vendor/scripted-vendor.ts';

const definition = streamDefinition('salesloft.conversations');
const settings: StreamSettings = {
  ...scriptedSettings,
  definition,
  lookbackMs: HOUR_MS,
  deep: { at: '03:00', lookbackMs: 2 * DAY_MS },
  concurrency: 1,
};
const dialect = sources.salesloft.dialect({ definition, pageSize: 10, purpose: 'live' });
const LOADED_AT = START_MS + 30 * HOUR_MS;

/** So many rows whose updates lie `everyMs` apart. */
function rowsFrom(name: string, count: number, fromMs: number, everyMs: number): Conversation[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `${name}-${i}`,
    createdUs: START_MS * 1000,
    updatedUs: (fromMs + i * everyMs) * 1000,
    revision: 0,
  }));
}

/** Runs at an instant that have time for so many pages, and then only that in which they commit. */
function deskOf(list: SalesloftList) {
  const [lake, checkpoint] = [new MemoryLake(), new MemoryCheckpoint()];
  const run = async (now: number, pages: number) => {
    let taken = 0;
    const fetchPage: FetchPage = async ({ query }, _signal, read) =>
      read(Buffer.from(JSON.stringify(list.respond(query))));
    const timeLeftMs = () => (taken < pages ? 1000 : 240);
    const ports = portsOf({ fetchPage }, lake, checkpoint, { now, timeLeftMs });
    const observe: typeof ports.observe = ({ event }) => {
      if (event === 'page') taken++;
    };
    const { outcome } = await exportStream(settings, dialect, { ...ports, observe });
    return { outcome, pages: taken };
  };
  return { lake, checkpoint, run };
}

test('where the lookback of a walk by version fills every run, the deep re-read has a page of each', async () => {
  const old = rowsFrom('old', 200, START_MS, 5 * MINUTE_MS);
  const lately = rowsFrom('lately', 60, LOADED_AT - 50 * MINUTE_MS, 10_000);
  const list = new SalesloftList([...old, ...lately], { rendering: { digits: 3, offsetMinutes: 0 } });
  const { lake, checkpoint, run } = deskOf(list);
  await run(LOADED_AT, 1000);
  const lookback = await run(LOADED_AT + MINUTE_MS, 1000);
  list.touch('old-3', START_MS * 1000 + 20 * 60e6);

  const deepAt = LOADED_AT + DAY_MS;
  let runs = 0;
  for (let outcome = ''; outcome !== 'caught up'; runs++) {
    expect(runs, JSON.stringify(checkpoint.value)).toBeLessThan(60);
    ({ outcome } = await run(deepAt + runs * 1000, lookback.pages));
  }

  expect(runs).toBeGreaterThan(5);
  expect(lake.lines().filter(({ line }) => (JSON.parse(line) as { revision: number }).revision === 1)).toHaveLength(1);
});
