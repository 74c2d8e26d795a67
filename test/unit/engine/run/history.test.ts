import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { listDefinition, streamDefinition } from '../../../../contract/streams.ts';
import { exportStream } from '../../../../functions/engine/export-stream.ts';
import type { FetchPage, RunEvent } from '../../../../functions/engine/ports.ts';
import type { RunSummary, StreamSettings } from '../../../../functions/engine/settings.ts';
import type { Dialect } from '../../../../functions/engine/source.ts';
import { sources } from '../../../../functions/sources/index.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../support/durations.ts';
import { MemoryCheckpoint, MemoryLake } from '../../../support/run/memory-ports.ts';
import { DetailVendor, linesById, toyDetails } from '../../../support/vendor/detail-vendor.ts';
import { type Conversation, SalesloftList } from '../../../support/vendor/salesloft-list.ts';
import { portsOf, type RunOptions, START_MS, scriptedSettings } from '../../../support/vendor/scripted-vendor.ts';

const DAYS = 12;
const NOW = START_MS + DAYS * DAY_MS;
const REACH = 3 * DAY_MS;
const details = { definition: toyDetails, deep: { at: '03:00', lookbackMs: REACH } };

class Killed extends Error {}

/** A vendor with a conversation every eight hours, whose details are switched on at `NOW`. */
function world() {
  const vendor = new DetailVendor();
  const lake = new MemoryLake();
  const checkpoint = new MemoryCheckpoint();
  let at = START_MS;
  const grow = (to: number) => {
    for (; at < to; at += 8 * HOUR_MS) vendor.put({ id: `id-${at}`, time: at });
  };
  grow(NOW);
  const run = ({ settings, ...options }: RunOptions) => {
    const ports = portsOf(vendor, lake, checkpoint, options);
    let at = options.now;
    // So that checkpoints are due all the time.
    const clock = { ...ports.clock, now: () => (at += MINUTE_MS) };
    return exportStream({ ...scriptedSettings, ...details, ...settings }, vendor.dialect, { ...ports, clock });
  };
  return { vendor, lake, checkpoint, grow, run };
}

type World = ReturnType<typeof world>;

/** A run that has time for so many pages. */
function hurried({ run }: World, now: number, pages: number, options: Partial<RunOptions> = {}): Promise<RunSummary> {
  let left = pages;
  return run({
    now,
    timeLeftMs: () => (left > 0 ? 1000 : 100),
    effect: (name) => {
      if (name === 'response') left--;
    },
    ...options,
  });
}

function missing({ vendor, lake }: World): string[] {
  const held = linesById(lake);
  return [...vendor.talks.keys()].filter((id) => held.get(id)?.detail === undefined);
}

describe('a stream whose details are switched on late', () => {
  test('has what is new first, then its history, newest day first, and no row is missing', async () => {
    const at = world();
    const read: RunEvent[] = [];

    const summary = await at.run({
      now: NOW,
      settings: { concurrency: 1 },
      observe: (event) => void (event.event === 'window-read' && read.push(event)),
    });

    const days = read.map((event) => event.event === 'window-read' && [event.kind, (event.from - START_MS) / DAY_MS]);
    expect(days).toEqual([
      ...[9, 10, 11].map((day) => ['new', day]),
      ...[8, 7, 6, 5, 4, 3, 2, 1, 0].map((day) => ['history', day]),
    ]);
    expect(summary).toMatchObject({ outcome: 'caught up', watermark: NOW, rows: { new: 36 } });
    expect(summary).not.toHaveProperty('history');
    expect(at.checkpoint.value).not.toHaveProperty('history');
    expect(missing(at)).toEqual([]);
  });

  test('reads nothing of its history before what is new is in the lake, however many windows are read at the same time', async () => {
    const at = world();
    const missingBefore: string[][] = [];

    await at.run({
      now: NOW,
      settings: { concurrency: 8 },
      observe: (event) => {
        if (event.event === 'window-read' && event.kind === 'history')
          missingBefore.push(missing(at).filter((id) => Number(id.slice(3)) >= NOW - REACH));
      },
    });

    expect(missingBefore[0]).toEqual([]);
  });

  test('is out of time while it has a history left, and is as fresh as what is new', async () => {
    const at = world();

    const first = await hurried(at, NOW, 20);
    const { value } = at.checkpoint;

    expect(first).toMatchObject({ outcome: 'out of time', stoppedBy: 'time', left: 'history', watermark: NOW });
    expect(first.freshnessMs).toBe(0);
    expect(first.history).toEqual(value?.history);
    expect(value?.history).toMatchObject({ from: START_MS });
    expect(value?.history?.to).toBeLessThan(NOW - REACH);
  });

  test('gets through its history in short runs, reads each of its windows once, and what is new in every run', async () => {
    const at = world();
    const windows: number[] = [];
    const observe = (event: RunEvent) => {
      if (event.event === 'window-read' && event.kind === 'history') windows.push(event.from);
    };
    let outcome = '';
    let now = NOW;
    for (let runs = 0; outcome !== 'caught up'; runs++, now += 6 * HOUR_MS) {
      at.grow(now);
      const summary = await hurried(at, now, 20, { observe, settings: { concurrency: 1, lookbackMs: 0 } });
      outcome = summary.outcome;
      expect(summary.watermark).toBe(now);
      expect(runs).toBeLessThan(20);
    }

    expect(windows).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 0].map((day) => START_MS + day * DAY_MS));
    expect(missing(at)).toEqual([]);
  });

  test('loses nothing in an outage that begins while its history is read', async () => {
    const at = world();
    await hurried(at, NOW, 20);
    const later = NOW + 40 * DAY_MS;
    at.grow(later);

    const summary = await at.run({ now: later });

    expect(summary).toMatchObject({ outcome: 'caught up', watermark: later });
    expect(missing(at)).toEqual([]);
  });

  test('loses nothing wherever a run of it dies, as it does again where the next one is', async () => {
    for (let death = 0, died = true; died; death += 5) {
      const at = world();
      died = false;
      for (let run = 0; run < 2; run++) {
        let effects = 0;
        await at
          .run({
            now: NOW + run * MINUTE_MS,
            effect: () => {
              if (effects++ < death) return;
              died = true;
              throw new Killed();
            },
          })
          .catch((error: unknown) => {
            if (!(error instanceof Killed)) throw error;
          });
        const { history, watermark = START_MS } = at.checkpoint.value ?? {};
        const unread = (time: number) =>
          !at.checkpoint.value || time >= watermark || (history && time < history.to && time >= history.from);
        expect(missing(at).filter((id) => !unread(Number(id.slice(3))))).toEqual([]);
      }
      await at.run({ now: NOW + HOUR_MS });

      expect(missing(at)).toEqual([]);
      expect(at.checkpoint.value).not.toHaveProperty('history');
    }
  });

  test('loses nothing where two first runs begin one after the other and both die', async () => {
    const at = world();
    at.vendor.put({ id: 'between', time: NOW - REACH + MINUTE_MS });
    const second = async () => void (await hurried(at, NOW + 2 * MINUTE_MS, 1).catch(() => undefined));
    let begun = false;
    await hurried(at, NOW, 1, {
      effect: async (name) => {
        if (name !== 'request' || begun) return;
        begun = true;
        await second();
        throw new Killed();
      },
    }).catch(() => undefined);

    await at.run({ now: NOW + HOUR_MS });

    expect(missing(at)).toEqual([]);
  });

  test('leaves a window that does not fit half as long to the next run', async () => {
    const at = world();
    for (let i = 0; i < 40; i++) at.vendor.put({ id: `busy-${i}`, time: NOW - REACH - HOUR_MS - i * MINUTE_MS });

    const first = await hurried(at, NOW, 20, { settings: { concurrency: 1 } });

    expect(first).toMatchObject({ outcome: 'out of time', left: 'history' });
    expect(at.checkpoint.value).toMatchObject({ window: DAY_MS / 2, history: { to: NOW - REACH } });
  });
});

describe('the history of a stream whose clock was ahead', () => {
  test('by years is read again from where rows may be missing, once the clock is right', async () => {
    const at = world();
    const far = NOW + 400 * DAY_MS;
    await at.run({ now: far, vendorNow: () => NOW });
    const after = NOW + 20 * DAY_MS;
    at.grow(after);
    const error = await at.run({ now: after }).catch((thrown: Error) => thrown);
    const [, to = ''] = / --to ([^ ]+) /.exec(error instanceof Error ? error.message : '') ?? [];

    at.checkpoint.rewind = { epoch: 1, watermark: Date.parse(to) };
    await at.run({ now: after });

    expect(missing(at)).toEqual([]);
  });
});

describe('the history of a stream that is read by version', () => {
  const definition = streamDefinition('salesloft.conversation_details');
  const settings: StreamSettings = {
    ...scriptedSettings,
    definition,
    lookbackMs: 15 * MINUTE_MS,
    deep: { at: '03:00', lookbackMs: 2 * DAY_MS },
    concurrency: 1,
  };
  const of = (purpose: 'live' | 'backfill') => ({ definition: listDefinition(definition), pageSize: 20, purpose });
  const { dialect: dialectOf, details: detailsOf } = sources.salesloft;
  const dialect: Dialect = {
    ...dialectOf(of('live')),
    byTime: dialectOf(of('backfill')),
    ...(detailsOf && { details: detailsOf({ ...of('live'), definition }) }),
  };
  const conversation = (id: string, createdMs: number, updatedMs: number): Conversation => ({
    id,
    createdUs: createdMs * 1000,
    updatedUs: updatedMs * 1000,
    revision: 0,
  });
  /** Ten days of conversations, ended five days before `NOW`: nothing has changed since. */
  const quiet = Array.from({ length: 60 }, (_, i) =>
    conversation(`id-${i}`, START_MS + i * 2 * HOUR_MS, START_MS + i * 2 * HOUR_MS + MINUTE_MS),
  );

  function desk() {
    const lake = new MemoryLake();
    const checkpoint = new MemoryCheckpoint();
    const asked: string[] = [];
    const held = () => lake.lines().map(({ line }) => (JSON.parse(line) as { id: string }).id);
    const run = (rows: readonly Conversation[], now: number, pages = Number.POSITIVE_INFINITY, blind = false) => {
      const rendering = { digits: 3, offsetMinutes: 0 } as const;
      const [list, nothing] = [rows, []].map((all) => new SalesloftList(all, { rendering }));
      let left = pages;
      const fetchPage: FetchPage = async ({ query, about }, _signal, read) => {
        if (about !== undefined) return read(Buffer.from(JSON.stringify({ data: { id: about } })));
        asked.push(query['sort_by'] ?? '');
        const shown = blind && query['sort_by'] === 'updated_at' ? nothing : list;
        return read(Buffer.from(JSON.stringify(shown?.respond(query))));
      };
      const ports = portsOf({ fetchPage }, lake, checkpoint, {
        now,
        timeLeftMs: () => (left > 0 ? 1000 : 100),
        effect: (name) => {
          if (name === 'response') left--;
        },
      });
      return exportStream(settings, dialect, ports);
    };
    return { checkpoint, asked, held, run };
  }

  test('is read by the rows’ own time, once the walk by version has come to its end', async () => {
    const { asked, held, run } = desk();

    const summary = await run(quiet, NOW);

    expect(summary).toMatchObject({ outcome: 'caught up', watermark: NOW });
    expect(asked[0]).toBe('updated_at');
    expect(new Set(asked.slice(1))).toEqual(new Set(['created_at']));
    expect(new Set(held())).toEqual(new Set(quiet.map(({ id }) => id)));
  });

  test('leaves the walk of the next run to begin where the first one did, though nothing was new', async () => {
    const { checkpoint, held, run } = desk();
    const first = await run(quiet, NOW, 2);
    const late = conversation('late', NOW - DAY_MS, NOW - DAY_MS); // the vendor did not show it yet

    const second = await run([...quiet, late], NOW + HOUR_MS, 2);

    expect([first, second]).toMatchObject([{ left: 'history' }, { left: 'history' }]);
    expect(held()).toContain('late');
    expect(held().length).toBeLessThan(quiet.length);
    expect(checkpoint.value?.seen).toBe(NOW - DAY_MS);
  });

  test('says nothing of how far changes have been read, though a row of it changed lately', async () => {
    const { held, run } = desk();
    const changed = conversation('changed', START_MS, NOW - HOUR_MS);
    const recent = conversation('recent', NOW - DAY_MS, NOW - DAY_MS);
    await run([changed, recent], NOW, Number.POSITIVE_INFINITY, true);

    await run([changed, recent], NOW + HOUR_MS);

    expect(new Set(held())).toEqual(new Set(['changed', 'recent']));
  });
});
