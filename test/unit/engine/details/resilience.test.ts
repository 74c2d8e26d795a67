import { describe, expect, test } from 'vitest';
import type { Span } from '../../../../functions/engine/source.ts';
import { DAY_MS, HOUR_MS } from '../../../support/durations.ts';
import { type Effect, MemoryCheckpoint, MemoryLake } from '../../../support/run/memory-ports.ts';
import { DetailVendor, linesById, runDetails, type Talk } from '../../../support/vendor/detail-vendor.ts';
import { type RunOptions, START_MS } from '../../../support/vendor/scripted-vendor.ts';

const NOW = START_MS + 2 * DAY_MS;
const AT = NOW - 2 * HOUR_MS;

class Died extends Error {}

function world(talks: number) {
  const vendor = new DetailVendor();
  const lake = new MemoryLake();
  const checkpoint = new MemoryCheckpoint();
  for (let i = 0; i < talks; i++) vendor.put({ id: `id-${i}`, time: NOW - 40 * HOUR_MS + i * 2 * HOUR_MS });
  const run = (options: Partial<RunOptions> = {}) => runDetails(vendor, lake, checkpoint, { now: NOW, ...options });
  return { vendor, lake, checkpoint, run };
}

/** The vendor's list, whose windows begin before what was asked for and end after it. */
function wider({ dialect }: DetailVendor): typeof dialect {
  return { ...dialect, firstPage: (span: Span) => dialect.firstPage({ from: span.from - 5000, to: span.to + 5000 }) };
}

/** An effect that dies at the nth call. */
function dyingAt(nth: number): Effect {
  let left = nth;
  return () => {
    if (left-- === 0) throw new Died();
  };
}

/** How often each id was asked for, at most. */
function mostAsked(asked: readonly string[]): number {
  const byId = [...Map.groupBy(asked, (id) => id).values()];
  return Math.max(...byId.map((times) => times.length));
}

describe('a run of details that dies', () => {
  test('wherever it does leaves nothing out and nothing twice, and what it had committed is not fetched again', async () => {
    for (let at = 0; at < 200; at += 3) {
      const { vendor, lake, run } = world(12);
      await run({ effect: dyingAt(at) }).catch((error: unknown) => {
        if (!(error instanceof Died)) throw error;
      });
      const summary = await run();

      expect(summary.outcome).toBe('caught up');
      expect(linesById(lake).size).toBe(12);
      expect(mostAsked(vendor.asked)).toBeLessThanOrEqual(2);
    }
  });
});

describe('windows that overlap', () => {
  test('fetch what both of them list once, though they are read at the same time', async () => {
    const { vendor } = world(0);
    const midnight = NOW - DAY_MS;
    for (let i = -5; i < 5; i++) vendor.put({ id: `id-${i}`, time: midnight + i * 1000 });
    const lake = new MemoryLake();
    const overlapping = { dialect: wider(vendor), fetchPage: vendor.fetchPage, requests: 0 };
    await runDetails(overlapping, lake, new MemoryCheckpoint(), { now: NOW, settings: { concurrency: 4 } });

    expect(linesById(lake).size).toBe(10);
    expect(mostAsked(vendor.asked)).toBe(1);
  });
});

describe('an id that fails over what is held', () => {
  test('is asked for once in a run, and counts once, however many windows list it', async () => {
    const { vendor, lake, checkpoint, run } = world(0);
    const midnight = NOW - DAY_MS;
    for (const id of ['failing', 'well']) vendor.put({ id, time: midnight + 1000 });
    await run();
    vendor.put({ id: 'failing', time: midnight + 1000, count: 2, fails: 502 });
    vendor.asked = [];
    const overlapping = { dialect: wider(vendor), fetchPage: vendor.fetchPage, requests: 0 };

    const { details } = await runDetails(overlapping, lake, checkpoint, {
      now: NOW + HOUR_MS,
      settings: { lookbackMs: 3 * DAY_MS },
    });

    expect(vendor.asked).toEqual(['failing']);
    expect(details).toMatchObject({ failed: 1 });
    expect(linesById(lake).get('failing')?.detail?.transcript).toEqual(['hello']);
  });
});

describe('a run of details that is out of time', () => {
  /** Runs with time for so many requests each, until one is caught up. */
  async function shortRuns(all: ReturnType<typeof world>, requests: number) {
    const outcomes: string[] = [];
    while (outcomes.at(-1) !== 'caught up' && outcomes.length < 60) {
      let left = requests;
      const timeLeftMs = () => (left > 0 ? 1000 : 100);
      const effect: Effect = (name) => void (name === 'response' && left--);
      const { outcome, error } = await all.run({ timeLeftMs, effect, settings: { concurrency: 1 } });
      if (error) throw error;
      outcomes.push(outcome);
    }
    return outcomes;
  }

  test.each([1, 2, 5])(
    'keeps what came: none is fetched twice, with time for %i requests in each',
    async (requests) => {
      const all = world(15);
      const outcomes = await shortRuns(all, requests);

      expect(outcomes.at(-1)).toBe('caught up');
      expect(linesById(all.lake).size).toBe(15);
      expect(mostAsked(all.vendor.asked)).toBe(1);
    },
  );

  test('commits a window only when each of its ids has a line', async () => {
    const { vendor, lake, checkpoint, run } = world(0);
    for (let i = 0; i < 10; i++) vendor.put({ id: `id-${i}`, time: AT + i * 1000 });
    let left = 6;
    const summary = await run({
      timeLeftMs: () => (left > 0 ? 1000 : 100),
      effect: (name) => void (name === 'response' && left--),
      settings: { concurrency: 1 },
    });

    expect(summary).toMatchObject({ outcome: 'out of time', details: { listed: 10 } });
    expect(linesById(lake).size).toBeGreaterThan(0);
    expect(linesById(lake).size).toBeLessThan(10);
    expect(checkpoint.value?.watermark).toBeLessThanOrEqual(AT);
  });
});

describe('two runs of details at once', () => {
  /** A run that stands still when it is about to commit, while `meanwhile` happens. */
  async function interrupted(talk: Talk, meanwhile: (all: ReturnType<typeof world>) => Promise<unknown>) {
    const all = world(4);
    all.vendor.put(talk);
    let stood = false;
    const effect: Effect = async (name) => {
      if (stood || !name.startsWith('replace elevenlabs')) return;
      stood = true;
      await meanwhile(all);
    };
    const summary = await all.run({ effect });
    expect(stood).toBe(true);
    return { ...all, summary, line: linesById(all.lake).get(talk.id) };
  }

  test('hold each detail once', async () => {
    const { lake, summary } = await interrupted({ id: 'x', time: AT }, ({ run }) => run());

    expect(summary.outcome).toBe('caught up');
    expect(linesById(lake).size).toBe(5);
  });

  test('keep the state that was listed later', async () => {
    const { summary, line } = await interrupted({ id: 'x', time: AT, turns: ['first'] }, ({ vendor, run }) => {
      vendor.put({ id: 'x', time: AT, count: 2, turns: ['second'] });
      return run();
    });

    expect(summary.outcome).toBe('caught up');
    expect(line?.detail?.transcript).toEqual(['second']);
  });

  test('keep the detail that one of them got, not the marker of the other', async () => {
    const { summary, line } = await interrupted({ id: 'x', time: AT, fails: 404 }, ({ vendor, run }) => {
      vendor.talks.set('x', { id: 'x', time: AT, status: 'done', count: 1, turns: ['there'] });
      return run();
    });

    expect(summary.outcome).toBe('caught up');
    expect(line?.detail?.transcript).toEqual(['there']);
  });

  test('keep the detail where the other comes with the marker last', async () => {
    const { summary, line } = await interrupted({ id: 'x', time: AT, turns: ['there'] }, ({ vendor, run }) => {
      vendor.put({ id: 'x', time: AT, fails: 404 });
      return run();
    });

    expect(summary.outcome).toBe('caught up');
    expect(line?.detail?.transcript).toEqual(['there']);
    expect(line).not.toHaveProperty('gone');
  });

  test.each([
    ['the one that stood still', 'done', 'in-progress'],
    ['the other', 'in-progress', 'done'],
  ])('keep the final one, when it is that of %s', async (_, mine, others) => {
    // The list shows one state all the while; what the detail says of itself is ahead of it.
    const vendorOf = (all: ReturnType<typeof world>, status: string) => {
      const { fetchPage } = all.vendor;
      return {
        ...all.vendor,
        dialect: all.vendor.dialect,
        requests: 0,
        fetchPage: (async (request, signal, read) =>
          fetchPage(request, signal, (body) =>
            read(
              request.about === undefined
                ? body
                : Buffer.from(Buffer.from(body).toString().replace('"listed"', JSON.stringify(status))),
            ),
          )) satisfies typeof fetchPage,
      };
    };
    const all = world(0);
    all.vendor.put({ id: 'x', time: AT, status: 'listed' });
    let stood = false;
    const effect: Effect = async (name) => {
      if (stood || !name.startsWith('replace elevenlabs')) return;
      stood = true;
      await runDetails(vendorOf(all, others), all.lake, all.checkpoint, { now: NOW });
    };
    const summary = await runDetails(vendorOf(all, mine), all.lake, all.checkpoint, { now: NOW, effect });

    expect(summary.outcome).toBe('caught up');
    expect(linesById(all.lake).get('x')?.detail?.status).toBe('done');
  });

  test('keep what is held when it is read back for a word while the other commits', async () => {
    const all = world(4);
    all.vendor.put({ id: 'x', time: AT, turns: ['kept'] });
    await all.run();
    all.vendor.put({ id: 'x', time: AT, count: 2, fails: 404 });
    let stood = false;
    // By then the object is indexed; before its line is read back somebody commits to it.
    all.vendor.onDetail = async (id) => {
      if (stood || id !== 'x') return;
      stood = true;
      all.vendor.put({ id: 'new', time: AT + 1000 });
      const settings = { startMs: NOW - DAY_MS };
      await runDetails(all.vendor, all.lake, new MemoryCheckpoint(), { now: NOW + HOUR_MS, settings });
    };
    const summary = await all.run({ now: NOW + HOUR_MS });

    expect(stood).toBe(true);
    expect(summary.outcome).toBe('caught up');
    expect(linesById(all.lake).get('x')).toMatchObject({ gone: 404, detail: { transcript: ['kept'] } });
    expect(linesById(all.lake).size).toBe(6);
  });
});
