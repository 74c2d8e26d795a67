import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import { exportStream } from '../../../../functions/engine/export-stream.ts';
import type { FetchPage } from '../../../../functions/engine/ports.ts';
import type { RunSummary, StreamSettings } from '../../../../functions/engine/settings.ts';
import { sources } from '../../../../functions/sources/index.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../support/durations.ts';
import { MemoryCheckpoint, MemoryLake } from '../../../support/run/memory-ports.ts';
import { type Conversation, SalesloftList } from '../../../support/vendor/salesloft-list.ts';
import { portsOf, START_MS, scriptedSettings } from '../../../support/vendor/scripted-vendor.ts';

const definition = streamDefinition('salesloft.conversations');
const settings: StreamSettings = {
  ...scriptedSettings,
  definition,
  lookbackMs: 15 * MINUTE_MS,
  deep: { at: '03:00', lookbackMs: 2 * DAY_MS },
  concurrency: 1,
};
const dialect = sources.salesloft.dialect({ definition, pageSize: 20, purpose: 'live' });
const ROWS = 600;
const LOADED_AT = START_MS + 12 * HOUR_MS;

/** One update a minute for ten hours, of conversations that were created an hour apart: every page touches objects of its own. */
const spread: readonly Conversation[] = Array.from({ length: ROWS }, (_, i) => ({
  id: `id-${i}`,
  createdUs: (START_MS - 40 * DAY_MS + i * HOUR_MS) * 1000,
  updatedUs: (START_MS + i * MINUTE_MS) * 1000,
  revision: 0,
}));
/** The same after one update of all. */
const together = spread.map((row) => ({ ...row, updatedUs: (START_MS + HOUR_MS) * 1000 }));

/** A vendor, and runs over it that have time for so many pages. */
class Desk {
  readonly lake = new MemoryLake();
  readonly checkpoint = new MemoryCheckpoint();
  list: SalesloftList;
  requests = 0;
  /** How far the clock goes on with every page, so that commits are due early. */
  pageTakesMs = 0;

  constructor(rows: readonly Conversation[]) {
    this.list = this.#listOf(rows);
  }

  /** The vendor changes what rows show, and not their `updated_at`. */
  changeInSilence(which: (row: Conversation) => boolean): void {
    this.list = this.#listOf(this.list.rows.map((row) => (which(row) ? { ...row, revision: row.revision + 1 } : row)));
  }

  rewind(): void {
    this.checkpoint.rewind = { epoch: (this.checkpoint.value?.epoch ?? 0) + 1, watermark: START_MS };
  }

  run(
    pages = Number.POSITIVE_INFINITY,
    effect?: (name: string) => void | Promise<void>,
    interruption?: AbortController,
  ): Promise<RunSummary> {
    let left = pages;
    let now = LOADED_AT;
    const fetchPage: FetchPage = async ({ query }, _signal, read) => {
      this.requests++;
      now += this.pageTakesMs;
      return read(Buffer.from(JSON.stringify(this.list.respond(query))));
    };
    const ports = portsOf({ fetchPage }, this.lake, this.checkpoint, {
      now: LOADED_AT,
      timeLeftMs: () => (left > 0 ? 1000 : 100),
      effect: async (name) => {
        if (name === 'response') left--;
        await effect?.(name);
      },
    });
    const sleep = async () => {
      interruption?.abort(new Error('nearly out of time'));
      interruption?.signal.throwIfAborted();
    };
    const clock = { ...ports.clock, now: () => now, sleep };
    const signal = interruption?.signal ?? ports.signal;
    return exportStream(settings, dialect, { ...ports, clock, signal });
  }

  /** Runs until one is caught up; how many it took. */
  async runs(pages: number, most: number): Promise<number> {
    for (let runs = 1; runs <= most; runs++) {
      const { outcome, error } = await this.run(pages);
      if (error) throw error;
      if (outcome === 'caught up') return runs;
    }
    throw new Error(`not caught up after ${most} runs; the checkpoint: ${JSON.stringify(this.checkpoint.value)}`);
  }

  /** The revisions in the lake, by id. */
  held(): ReadonlyMap<string, number> {
    const rows = this.lake.lines().map(({ line }) => JSON.parse(line) as { id: string; revision: number });
    return new Map(rows.map(({ id, revision }) => [id, revision]));
  }

  expectAll(): void {
    expect(this.held()).toEqual(new Map(this.list.rows.map(({ id, revision }) => [id, revision])));
    expect(this.lake.lines()).toHaveLength(this.list.rows.length);
  }

  #listOf(rows: readonly Conversation[]): SalesloftList {
    return new SalesloftList(rows, { rendering: { digits: 3, offsetMinutes: 0 } });
  }
}

async function loaded(rows: readonly Conversation[]): Promise<Desk> {
  const desk = new Desk(rows);
  await desk.run();
  desk.requests = 0;
  desk.rewind();
  return desk;
}

describe('a walk by version over rows that changed without a new version', () => {
  test('in short runs costs one such row its own page once more, and no run its progress', async () => {
    const desk = await loaded(spread);
    desk.changeInSilence(({ id }) => id === 'id-7' || id === 'id-307');

    const runs = await desk.runs(8, 12);

    expect(runs).toBeLessThanOrEqual(11);
    // In one go it is 33 pages.
    expect(desk.requests).toBeLessThan(33 * 2.5);
    desk.expectAll();
  });

  test.each([
    ['spread over a day', spread],
    ['in one instant', together],
  ])('of all rows at once, updates %s, gets on in every run, at a bounded cost', async (_, rows) => {
    const desk = await loaded(rows);
    desk.changeInSilence(() => true);

    const runs = await desk.runs(8, 40);

    expect(runs).toBeGreaterThan(3);
    expect(desk.requests).toBeLessThan(36 * 5);
    desk.expectAll();
  });

  test.each([
    ['spread over a day', spread],
    ['in one instant', together],
  ])('of all rows at once, updates %s, gets on even in runs with time for one page', async (_, rows) => {
    const desk = await loaded(rows);
    desk.changeInSilence(() => true);

    // Such a run has no time to go on to the re-read: it is never caught up.
    for (let runs = 0; runs < 34; runs++) await desk.run(1);

    desk.expectAll();
  });

  test('keeps what was committed early, and goes back no farther than to the undecided page', async () => {
    const desk = await loaded(spread);
    desk.changeInSilence(({ id }) => id === 'id-311');
    desk.pageTakesMs = 2 * MINUTE_MS;

    await desk.run();

    expect(desk.requests).toBeLessThanOrEqual(33 + 3);
    expect(desk.checkpoint.written.length).toBeGreaterThan(5);
    desk.expectAll();
  });

  test('goes back to the page of a row over which somebody else committed before this run did', async () => {
    const desk = await loaded(spread);
    const [row] = desk.list.rows;
    if (!row) throw new Error('there are rows');
    desk.changeInSilence(({ id }) => id === row.id);
    let responses = 0;

    await desk.run(Number.POSITIVE_INFINITY, async (name) => {
      if (name !== 'response' || ++responses !== 10) return;
      // The first page was read long before, and is not committed.
      desk.changeInSilence(({ id }) => id === row.id);
      desk.rewind();
      await desk.run();
    });

    expect(desk.held().get(row.id)).toBe(2);
    desk.expectAll();
  });

  test('and that others keep committing over ends as interrupted where the wait for them is, and does not fail', async () => {
    const desk = await loaded(spread.slice(0, 5));
    const change = async (name: string) => {
      if (name !== 'response') return;
      desk.changeInSilence(({ id }) => id === 'id-3');
      desk.rewind();
      await desk.run();
    };

    const summary = await desk.run(Number.POSITIVE_INFINITY, change, new AbortController());

    expect(summary).toMatchObject({ outcome: 'out of time', stoppedBy: 'caller' });
  });
});

describe('a walk inside an instant that many rows share', () => {
  test.each([1, 2])('advances in every run, though there is time for %i pages only', async (pages) => {
    const desk = new Desk(together);

    for (let runs = 0; runs < 34; runs++) await desk.run(pages);

    desk.expectAll();
  });
});
