import { expect, test } from 'vitest';
import type { DetailStreamName } from '../../../contract/streams.ts';
import type { Ports } from '../../../functions/engine/ports.ts';
import { testScene } from '../../support/run/scene.ts';

/** Counts requests: those of lists, and those of details by id. */
function counting() {
  let lists = 0;
  let details: string[] = [];
  const ports = (own: Ports): Ports => ({
    ...own,
    fetchPage: (request, signal, read) => {
      if (request.about === undefined) lists++;
      else details.push(request.about);
      return own.fetchPage(request, signal, read);
    },
  });
  const take = () => {
    const counted = { lists, details };
    lists = 0;
    details = [];
    return counted;
  };
  return { ports, take };
}

/** Every nth of the conversations is changed so that the list tells it. */
const EVERY = 100;

test.each<[DetailStreamName, number]>([
  ['elevenlabs.transcripts', 3000],
  ['voiceable.transcripts', 1000],
  ['salesloft.conversation_details', 1000],
])(
  '%s: of %i conversations of which one in a hundred changed, the next run fetches these and the open ones; a second one fetches none',
  async (stream, rows) => {
    const { ports, take } = counting();
    // The whole of it is read again, and in every run.
    const configuration = { pageSize: 100, lookback: '8 days', deep: { lookback: '8 days' } };
    const { run, world } = await testScene({ stream, rows, days: 7, configuration });

    const first = await run({ ports });
    const loaded = take();
    const keys = [...world.current()].flatMap(({ key }) => key ?? []);
    const changed = keys.filter((_, index) => index % EVERY === 0);
    for (const key of changed) world.change(key, { note: 'changed' });
    const second = await run({ ports });
    const next = take();
    const third = await run({ ports });
    const last = take();

    expect([first, second, third].map(({ outcome }) => outcome)).toEqual(['caught up', 'caught up', 'caught up']);
    const open = first.details?.open ?? 0;
    expect(new Set(loaded.details).size).toBe(loaded.details.length);
    expect(loaded.details.length).toBe(keys.length);
    expect(next.details).toEqual(expect.arrayContaining(changed));
    expect(next.details.length).toBeLessThanOrEqual(changed.length + open);
    expect(next.lists).toBeLessThanOrEqual(Math.ceil(keys.length / 100) + 20);
    expect(second.rows.changed).toBeGreaterThanOrEqual(changed.length);
    expect(last.details.length).toBeLessThanOrEqual(second.details?.open ?? 0);
    expect(last.lists).toBeLessThanOrEqual(next.lists);
  },
  120_000,
);
