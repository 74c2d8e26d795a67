import { describe, expect, test } from 'vitest';
import { idOf } from '../../../../../functions/engine/details/revisits/revisit.ts';
import { RevisitBook } from '../../../../../functions/engine/details/revisits/revisit-book.ts';
import type { StreamSettings } from '../../../../../functions/engine/settings.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../support/durations.ts';
import { MemoryCheckpoint, MemoryLake } from '../../../../support/run/memory-ports.ts';
import {
  DetailVendor,
  linesById,
  runDetails,
  type Talk,
  toyDetails,
} from '../../../../support/vendor/detail-vendor.ts';
import {
  portsOf,
  type RunOptions,
  ScriptedVendor,
  START_MS,
  scriptedSettings,
} from '../../../../support/vendor/scripted-vendor.ts';

const KEY = 'elevenlabs_transcripts_revisits/tenant=tenant-alpha/revisits.ndjson.gz';

class Killed extends Error {}

/** A vendor of details, a lake, and runs with short lookbacks, so that lists show nothing of what is older. */
function world(more: Partial<StreamSettings> = {}) {
  const vendor = new DetailVendor();
  const lake = new MemoryLake();
  const checkpoint = new MemoryCheckpoint();
  const settings = { lookbackMs: 2 * HOUR_MS, deep: { at: '03:00', lookbackMs: 6 * HOUR_MS }, ...more };
  const run = ({ settings: own, ...options }: RunOptions) => {
    vendor.asked = [];
    return runDetails(vendor, lake, checkpoint, { ...options, settings: { ...settings, ...own } });
  };
  /** The ids in the book. */
  const due = async () => {
    const ports = portsOf(new ScriptedVendor(), lake, checkpoint, { now: 0 });
    const book = await RevisitBook.open({ ...scriptedSettings, definition: toyDetails }, { ports, runId: 'r' });
    return book.due(Number.POSITIVE_INFINITY).map(({ head }) => idOf(head));
  };
  /** Runs every hour, until the time; the hours in which the id was asked for. */
  const runHourly = async (from: number, to: number, id: string) => {
    const hours: number[] = [];
    for (let now = from; now < to; now += HOUR_MS) {
      await run({ now });
      for (const asked of vendor.asked) if (asked === id) hours.push((now - START_MS) / HOUR_MS);
    }
    return hours;
  };
  return { vendor, lake, checkpoint, run, due, runHourly };
}

const open = { time: START_MS, status: 'in-progress', turns: ['hello'] };

describe('what the list does not tell of', () => {
  test('a chat that is open for ten days ends final', async () => {
    const { vendor, lake, due, runHourly } = world();
    vendor.put({ id: 'chat', ...open });
    await runHourly(START_MS + HOUR_MS, START_MS + 10 * DAY_MS, 'chat');
    const before = linesById(lake).get('chat')?.detail;
    const waiting = await due();

    vendor.put({ id: 'chat', time: START_MS, status: 'done', turns: ['hello', 'bye'] });
    const hours = await runHourly(START_MS + 10 * DAY_MS, START_MS + 12 * DAY_MS, 'chat');

    expect(before?.status).toBe('in-progress');
    expect(waiting).toEqual(['chat']);
    expect(hours).toHaveLength(1);
    expect(linesById(lake).get('chat')?.detail).toMatchObject({ status: 'done', transcript: ['hello', 'bye'] });
    expect(await due()).toEqual([]);
  });

  test('a detail that the vendor did not have comes when it has it', async () => {
    const { vendor, lake, due, runHourly } = world();
    vendor.put({ id: 'late', time: START_MS, fails: 404 });
    await runHourly(START_MS + HOUR_MS, START_MS + 3 * DAY_MS, 'late');
    const before = linesById(lake).get('late');

    vendor.talks.set('late', { id: 'late', time: START_MS, status: 'done', turns: ['hello'] });
    await runHourly(START_MS + 3 * DAY_MS, START_MS + 5 * DAY_MS, 'late');

    expect(before).toMatchObject({ gone: 404 });
    expect(linesById(lake).get('late')?.detail?.transcript).toEqual(['hello']);
    expect(await due()).toEqual([]);
  });

  test('one that stays open is asked for less and less often, and given up after 30 days', async () => {
    const { vendor, due, runHourly } = world();
    vendor.put({ id: 'chat', ...open });
    const hours = await runHourly(START_MS + HOUR_MS, START_MS + 3 * DAY_MS, 'chat');
    let days = 0;
    for (let now = START_MS + 3 * DAY_MS; now < START_MS + 40 * DAY_MS; now += DAY_MS)
      days += (await runHourly(now, now + HOUR_MS, 'chat')).length;

    // While the list names it in every re-read, it is asked for in every one; then as its turn comes.
    expect(hours.filter((hour) => hour > 8).length).toBeLessThan(8);
    expect(days).toBeGreaterThan(25);
    expect(days).toBeLessThan(31);
    expect(await due()).toEqual([]);
  });

  test('an analysis that was not there is asked for once more, at the next deep re-read', async () => {
    const { vendor, lake, due, runHourly } = world({ deep: { at: '12:00', lookbackMs: 3 * HOUR_MS } });
    vendor.put({ id: 'a', time: START_MS + HOUR_MS / 2, analysis: null });
    vendor.put({ id: 'never', time: START_MS + HOUR_MS / 2, analysis: null });
    const first = await runHourly(START_MS + HOUR_MS, START_MS + 11 * HOUR_MS, 'a');
    vendor.put({ id: 'a', time: START_MS + HOUR_MS / 2, analysis: 'good' });

    const hours = await runHourly(START_MS + 11 * HOUR_MS, START_MS + 3 * DAY_MS, 'a');

    expect([first, hours]).toEqual([[1], [12]]);
    expect(linesById(lake).get('a')?.detail?.analysis).toBe('good');
    expect(linesById(lake).get('never')?.detail?.analysis).toBeNull();
    expect(await due()).toEqual([]);
  });

  test('what changes late is fetched again when the catalogue says so, and takes the place of what is held', async () => {
    const { details } = toyDetails;
    const definition = {
      ...toyDetails,
      ...(details && { details: { ...details, revisits: ['48 hours', '6 hours'] } }),
    };
    const { vendor, lake, due, runHourly } = world({ definition });
    const talk: Talk = { id: 'a', time: START_MS + HOUR_MS / 2 };
    vendor.put(talk);
    const hours = await runHourly(START_MS + HOUR_MS, START_MS + 40 * HOUR_MS, 'a');
    vendor.put({ ...talk, turns: ['hello', 'summary'] });

    hours.push(...(await runHourly(START_MS + 40 * HOUR_MS, START_MS + 80 * HOUR_MS, 'a')));

    expect(hours).toEqual([1, 7, 49]);
    expect(linesById(lake).get('a')?.detail?.transcript).toEqual(['hello', 'summary']);
    expect(await due()).toEqual([]);
  });
});

describe('a run with revisits', () => {
  test('reads what is new first, and as many of them as there is time for; the next one goes on', async () => {
    const { vendor, lake, run, due } = world();
    for (let i = 0; i < 12; i++) vendor.put({ id: `open-${i}`, ...open, time: START_MS + i * MINUTE_MS });
    for (const hours of [1, 24, 30]) await run({ now: START_MS + hours * HOUR_MS });
    for (const { id } of [...vendor.talks.values()])
      vendor.put({ id, time: vendor.talks.get(id)?.time ?? null, status: 'done' });
    const now = START_MS + 2 * DAY_MS;
    vendor.put({ id: 'new', time: now - MINUTE_MS });
    let left = 9;
    const hurried = await run({
      now,
      settings: { concurrency: 1 },
      timeLeftMs: () => (left > 0 ? 1000 : 100),
      effect: (name) => void (name === 'response' && left--),
    });
    const asked = vendor.asked;

    expect(hurried).toMatchObject({ outcome: 'out of time', left: 'revisit', watermark: now });
    expect(asked[0]).toBe('new');
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.length).toBeLessThan(12);
    await run({ now: now + MINUTE_MS });
    expect(new Set([...asked, ...vendor.asked]).size).toBe(13);
    expect([...linesById(lake).values()].every(({ detail }) => detail?.status === 'done')).toBe(true);
    expect(await due()).toEqual([]);
  });

  test('keeps what is not final yet in the book when another run asks for it at the same time', async () => {
    const { vendor, lake, run, due, runHourly } = world();
    vendor.put({ id: 'chat', ...open });
    vendor.put({ id: 'other', ...open, time: START_MS + MINUTE_MS });
    await runHourly(START_MS + HOUR_MS, START_MS + 12 * HOUR_MS, 'chat');
    const now = START_MS + 2 * DAY_MS;
    let begun = false;
    vendor.onDetail = async (id) => {
      if (begun || id !== 'chat') return;
      begun = true;
      await run({ now: now + MINUTE_MS });
      vendor.put({ id: 'chat', time: START_MS, status: 'done', turns: ['bye'] });
    };

    const summary = await run({ now });

    expect(summary.outcome).toBe('caught up');
    expect(await due()).toContain('other');
    await runHourly(now + HOUR_MS, now + 3 * DAY_MS, 'chat');
    expect(linesById(lake).get('chat')?.detail).toMatchObject({ status: 'done', transcript: ['bye'] });
    expect(linesById(lake).get('other')?.detail?.status).toBe('in-progress');
    expect(await due()).toEqual(['other']);
  });

  test('asks for nothing twice that a list has named', async () => {
    const { vendor, run } = world({ lookbackMs: DAY_MS });
    vendor.put({ id: 'chat', ...open });
    await run({ now: START_MS + HOUR_MS });

    await run({ now: START_MS + 5 * HOUR_MS });

    expect(vendor.asked).toEqual(['chat']);
  });

  test('writes nothing where nothing is due', async () => {
    const { vendor, lake, run } = world();
    vendor.put({ id: 'chat', ...open });
    await run({ now: START_MS + 20 * HOUR_MS });
    const { writes } = lake;

    await run({ now: START_MS + 20 * HOUR_MS + 30 * MINUTE_MS });

    expect(lake.writes).toBe(writes);
  });

  test('does not fail because of ids that fail for ever', async () => {
    const { vendor, run, runHourly } = world();
    for (let i = 0; i < 400; i++)
      vendor.put({ id: `id-${i}`, time: START_MS + i * MINUTE_MS, ...(i < 30 && { fails: 502 }) });
    const first = await run({ now: START_MS + 7 * HOUR_MS });

    expect(first).toMatchObject({ outcome: 'failed', error: { code: 'details-failed' } });
    await runHourly(START_MS + 8 * HOUR_MS, START_MS + 20 * HOUR_MS, 'none');
    const later = await run({ now: START_MS + 3 * DAY_MS });
    expect(vendor.asked.length).toBeGreaterThanOrEqual(30);
    expect(later.outcome).toBe('caught up');
  });

  test('goes on where nothing but an id that is marked already is refused, and stops where others are', async () => {
    const { vendor, lake, run } = world();
    vendor.put({ id: 'a', time: START_MS });
    vendor.put({ id: 'private', time: START_MS, fails: 403 });
    await run({ now: START_MS + HOUR_MS });

    const again = await run({ now: START_MS + 20 * HOUR_MS });
    const asked = vendor.asked;
    vendor.put({ id: 'b', time: START_MS + 20 * HOUR_MS, fails: 403 });
    const refused = await run({ now: START_MS + 21 * HOUR_MS });

    expect(linesById(lake).get('private')).toMatchObject({ failed: 403 });
    expect([asked, again.outcome]).toEqual([['private'], 'caught up']);
    expect(refused).toMatchObject({ outcome: 'failed', error: { code: 'credential-refused' } });
  });

  test('brings the ids of a book that was lost back as far as lists name them', async () => {
    const { vendor, lake, run, due } = world({ lookbackMs: DAY_MS });
    vendor.put({ id: 'chat', ...open });
    await run({ now: START_MS + HOUR_MS });
    lake.objects.delete(KEY);

    await run({ now: START_MS + 2 * HOUR_MS });

    expect(await due()).toEqual(['chat']);
  });

  test('has no book where every detail is final', async () => {
    const { vendor, lake, run } = world();
    vendor.put({ id: 'a', time: START_MS });

    await run({ now: START_MS + HOUR_MS });

    expect(lake.objects.has(KEY)).toBe(false);
  });
});

describe('wherever a run dies', () => {
  /** Each line that is not the last word has its id in the book, whatever has been written. */
  async function expectKept({ lake, due }: ReturnType<typeof world>): Promise<void> {
    const book = new Set(await due());
    for (const [id, { detail }] of linesById(lake)) {
      if (detail?.status !== 'done' || detail.analysis === null) expect(book).toContain(id);
    }
  }

  test('before what is to be asked for again is noted, or after, it is asked for', async () => {
    for (let death = 0, died = true; died; death++) {
      const at = world({ deep: { at: '20:00', lookbackMs: HOUR_MS } });
      died = false;
      const dying = (now: number) => {
        let effects = 0;
        const effect = () => {
          if (effects++ < death) return;
          died = true;
          throw new Killed();
        };
        return at.run({ now, effect, settings: { windowMs: HOUR_MS } }).catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error;
        });
      };
      for (let i = 0; i < 4; i++) at.vendor.put({ id: `open-${i}`, ...open, time: START_MS + i * 20 * MINUTE_MS });
      at.vendor.put({ id: 'gone', time: START_MS + 30 * MINUTE_MS, fails: 404 });
      at.vendor.put({ id: 'bare', time: START_MS + 50 * MINUTE_MS, analysis: null });
      await dying(START_MS + 2 * HOUR_MS);
      await expectKept(at);
      await at.run({ now: START_MS + 3 * HOUR_MS });
      await expectKept(at);

      for (const { id, time } of [...at.vendor.talks.values()])
        at.vendor.talks.set(id, { id, time, status: 'done', turns: ['bye'], analysis: 'good' });
      await dying(START_MS + 2 * DAY_MS);
      await expectKept(at);
      await at.run({ now: START_MS + 2 * DAY_MS + MINUTE_MS });

      expect([...linesById(at.lake).values()].map(({ detail }) => detail?.transcript)).toEqual(Array(6).fill(['bye']));
      expect(await at.due()).toEqual([]);
    }
  });
});
