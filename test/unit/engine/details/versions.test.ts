import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import { exportStream } from '../../../../functions/engine/export-stream.ts';
import type { FetchPage } from '../../../../functions/engine/ports.ts';
import type { StreamSettings } from '../../../../functions/engine/settings.ts';
import type { PagedDetail } from '../../../../functions/engine/source.ts';
import { sources } from '../../../../functions/sources/index.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../support/durations.ts';
import { type Effect, MemoryCheckpoint, MemoryLake } from '../../../support/run/memory-ports.ts';
import { type Conversation, SalesloftList } from '../../../support/vendor/salesloft-list.ts';
import { portsOf, START_MS, scriptedSettings } from '../../../support/vendor/scripted-vendor.ts';

const definition = streamDefinition('salesloft.conversation_details');
const NOW = START_MS + 12 * HOUR_MS;
const settings: StreamSettings = {
  ...scriptedSettings,
  definition,
  startMs: START_MS - DAY_MS,
  lookbackMs: 15 * MINUTE_MS,
  deep: { at: '03:00', lookbackMs: 2 * DAY_MS },
  concurrency: 2,
};

/** The revisions of a conversation as the pages of one array: two pages, the second with its last. */
const paged: PagedDetail = {
  kind: 'pages',
  fields: [['revision']],
  pages: (id) => ({
    rowsUnder: ['data'],
    firstPage: () => ({ query: { page: '1' }, path: `/all/${id}`, about: id, state: '1', carriesCursor: false }),
    readPage: (request, { rows }) => ({
      rows,
      next: request.state === '1' ? { ...request, query: { page: '2' }, state: '2' } : undefined,
    }),
  }),
};

/** A vendor of so many conversations, updated a minute apart, of which two share their date of creation. */
class Desk {
  readonly lake = new MemoryLake();
  readonly checkpoint = new MemoryCheckpoint();
  readonly list: SalesloftList;
  asked: string[] = [];
  /** Ids whose pages have nothing. */
  readonly bare = new Set<string>();
  lists = 0;

  constructor(rows: number) {
    const all: Conversation[] = Array.from({ length: rows }, (_, i) => ({
      id: `id-${i}`,
      createdUs: (START_MS - 20 * DAY_MS + Math.floor(i / 2) * HOUR_MS) * 1000,
      updatedUs: (START_MS + i * MINUTE_MS) * 1000,
      revision: 0,
    }));
    this.list = new SalesloftList(all, { rendering: { digits: 3, offsetMinutes: 0 } });
  }

  run(responses = Number.POSITIVE_INFINITY, now = NOW) {
    let left = responses;
    const fetchPage: FetchPage = async (request, _signal, read) => {
      if (request.about === undefined) {
        this.lists++;
        return read(Buffer.from(JSON.stringify(this.list.respond(request.query))));
      }
      if (request.state === '1') this.asked.push(request.about);
      if (this.bare.has(request.about)) return read(Buffer.from('{"data":[]}'));
      const { revision } = this.list.rows.find(({ id }) => id === request.about) ?? {};
      return read(Buffer.from(`{"data":[{"page":${request.state},"revision":${revision}}]}`));
    };
    const effect: Effect = (name) => void (name === 'response' && left--);
    const timeLeftMs = () => (left > 0 ? 1000 : 100);
    const list = sources.salesloft.dialect({ definition, pageSize: 10, purpose: 'live' });
    const byTime = sources.salesloft.dialect({ definition, pageSize: 10, purpose: 'backfill' });
    const ports = portsOf({ fetchPage }, this.lake, this.checkpoint, { now, effect, timeLeftMs });
    return exportStream(settings, { ...list, byTime, details: paged }, ports);
  }

  held(): ReadonlyMap<string, unknown> {
    const lines = this.lake.lines().map(({ line }) => JSON.parse(line) as { id: string; detail: unknown });
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
    return new Map(lines.map(({ id, detail }) => [id, detail]));
  }
}

describe('details of a list that is read by version', () => {
  test('lie in the dates of their rows, with the version, and hold all pages in their order', async () => {
    const desk = new Desk(25);
    const summary = await desk.run();

    expect(summary).toMatchObject({ outcome: 'caught up', details: { fetched: 25, failed: 0 } });
    expect(desk.held().size).toBe(25);
    const [{ key = '', line = '' } = {}] = desk.lake.lines();
    const { time, version, detail } = JSON.parse(line) as { time: string; version: string; detail: unknown };
    expect(key).toContain(`dt=${time.slice(0, 10)}/`);
    expect(Date.parse(version)).toBeGreaterThanOrEqual(START_MS);
    expect(detail).toEqual([
      { page: 1, revision: 0 },
      { page: 2, revision: 0 },
    ]);
  });

  test('are fetched again for a new version, and for no other reason', async () => {
    const desk = new Desk(25);
    await desk.run();
    desk.asked = [];
    desk.list.touch('id-3', (NOW + MINUTE_MS) * 1000);
    const summary = await desk.run(undefined, NOW + HOUR_MS);

    expect(desk.asked).toEqual(['id-3']);
    expect(summary.rows).toMatchObject({ new: 0, changed: 1 });
    expect(desk.held().get('id-3')).toEqual([
      { page: 1, revision: 1 },
      { page: 2, revision: 1 },
    ]);
  });

  test.each([2, 7, 30])(
    'with time for %i responses a run are all there in the end, and none is fetched twice',
    async (responses) => {
      const desk = new Desk(35);
      let outcome = '';
      for (let runs = 0; outcome !== 'caught up'; runs++) {
        const summary = await desk.run(responses);
        if (summary.error) throw summary.error;
        outcome = summary.outcome;
        expect(runs).toBeLessThan(90);
      }

      expect(desk.held().size).toBe(35);
      expect(desk.asked).toHaveLength(35);
    },
  );

  test('keep the bookmark before a page of which some are missing', async () => {
    const desk = new Desk(35);
    // The first page of the list, then some of its details.
    const summary = await desk.run(9);
    const { walk, watermark } = desk.checkpoint.value ?? {};

    expect(summary.outcome).toBe('out of time');
    expect(desk.held().size).toBeGreaterThan(0);
    expect(desk.held().size).toBeLessThan(10);
    expect(walk).toBeUndefined();
    expect(watermark).toBeLessThan(START_MS + MINUTE_MS);
  });
});

describe('a detail without a row', () => {
  test('is asked for once more, at the next deep re-read: what comes late is had, what never comes costs one request', async () => {
    const desk = new Desk(4);
    desk.bare.add('id-1').add('id-2');
    await desk.run();
    await desk.run(undefined, NOW + HOUR_MS);
    const directly = desk.asked.splice(0);
    desk.bare.delete('id-1');
    const [night, later] = [NOW + 16 * HOUR_MS, NOW + 40 * HOUR_MS];
    await desk.run(undefined, night);
    const atNight = desk.asked.splice(0);
    await desk.run(undefined, later);

    expect(directly.toSorted()).toEqual(['id-0', 'id-1', 'id-2', 'id-3']);
    expect(atNight.toSorted()).toEqual(['id-1', 'id-2']);
    expect(desk.asked).toEqual([]);
    const lines = desk.lake.lines().map(({ line }) => JSON.parse(line) as { id: string; detail: unknown[] });
    expect(Object.fromEntries(lines.map(({ id, detail }) => [id, detail.length]))).toEqual({
      'id-0': 2,
      'id-1': 2,
      'id-2': 0,
      'id-3': 2,
    });
  });
});
