import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { exportStream } from '../../../../functions/engine/export-stream.ts';
import type { FetchPage, RunEvent } from '../../../../functions/engine/ports.ts';
import { sources } from '../../../../functions/sources/index.ts';
import { DAY_MS, MINUTE_MS } from '../../../support/durations.ts';
import { MemoryCheckpoint, MemoryLake } from '../../../support/run/memory-ports.ts';
import { portsOf, START_MS, scriptedSettings } from '../../../support/vendor/scripted-vendor.ts';

interface Listed {
  readonly ID: string;
  readonly at: number;
}

const { definition } = scriptedSettings;
const NOW = START_MS + DAY_MS;

/** A call every six minutes of a day. */
const calls: readonly Listed[] = Array.from({ length: 240 }, (_, i) => ({
  ID: `id-${i}`,
  at: START_MS + i * 6 * MINUTE_MS + 5,
}));

/**
 * Crescendo's list in memory: a cursor counts rows, and `total` those of the span. `moves` says what the list is for a request, by
 * its number.
 */
async function exported(list: (request: number) => readonly Listed[], pageSize: number) {
  const lake = new MemoryLake();
  const events: RunEvent[] = [];
  let requests = 0;
  const fetchPage: FetchPage = async ({ query }, _signal, read) => {
    const rows = list(++requests);
    const { from, to, offset } = cursorOf(query);
    const inside = rows.filter(({ at }) => at >= from && at < to);
    const page = inside.slice(offset, offset + pageSize);
    const next = offset + pageSize < inside.length ? JSON.stringify({ from, to, offset: offset + pageSize }) : null;
    const data = page.map(({ ID, at }) => ({ ID, DatetimeUTC: new Date(at).toISOString() }));
    return read(Buffer.from(JSON.stringify({ total: inside.length, cursor: { next }, data })));
  };
  const ports = portsOf({ fetchPage }, lake, new MemoryCheckpoint(), {
    now: NOW,
    observe: (event) => events.push(event),
  });
  const dialect = sources.crescendo.dialect({ definition, pageSize, purpose: 'live' });
  const summary = await exportStream({ ...scriptedSettings, concurrency: 1 }, dialect, ports);
  const ids = lake.lines().map(({ line }) => (JSON.parse(line) as { ID: string }).ID);
  const warnings = events.flatMap((event) => (event.event === 'warning' ? [event.message] : []));
  return { summary, requests, ids, warnings };
}

function cursorOf({ cursor, from, to }: Readonly<Record<string, string>>) {
  if (cursor !== undefined) return JSON.parse(cursor) as { from: number; to: number; offset: number };
  return { from: Date.parse(from ?? ''), to: Date.parse(to ?? ''), offset: 0 };
}

/** The list with the calls at these places standing twice, one behind the other. */
function withTwins(places: readonly number[], behindMs = 0): readonly Listed[] {
  const twins = places.flatMap((place) => calls[place] ?? []).map(({ ID, at }) => ({ ID, at: at + behindMs }));
  return [...calls, ...twins].sort((a, b) => a.at - b.at);
}

describe('a list that holds ids twice', () => {
  test.each([
    ['no pair', []],
    ['one pair', [0]],
    ['a pair an hour', Array.from({ length: 24 }, (_, i) => i * 10)],
  ])('on one page is complete as it is: %s', async (_, places) => {
    const { summary, requests, ids, warnings } = await exported(() => withTwins(places), 1000);

    expect(summary).toMatchObject({ outcome: 'caught up', reconciled: true });
    expect(requests).toBe(1);
    expect(new Set(ids).size).toBe(240);
    expect(warnings.join()).toMatch(places.length > 0 ? /holds ids more than once/ : /^$/);
  });

  test.each([
    ['side by side', [49, 99, 149], 0],
    ['minutes apart', [40, 90, 140], 90 * MINUTE_MS],
    ['hours apart', [10, 20, 30], 11 * 60 * MINUTE_MS],
  ])('on several pages costs a bounded number of requests, and is told: pairs %s', async (_, places, behindMs) => {
    const { summary, requests, ids, warnings } = await exported(() => withTwins(places, behindMs), 10);

    expect(summary).toMatchObject({ outcome: 'caught up', reconciled: true });
    // In one go it is 25 pages, and in halves once more.
    expect(requests).toBeLessThanOrEqual(25 + 2 * 13);
    expect(new Set(ids).size).toBe(240);
    expect(ids).toHaveLength(240);
    expect(warnings.join()).toMatch(behindMs < 11 * 60 * MINUTE_MS ? /holds ids more than once/ : /^/);
  });

  test('is not taken for complete when fewer rows come than it counts', async () => {
    const list = withTwins([3]);

    const { summary, ids } = await exported((request) => (request === 2 ? list.slice(0, -50) : list), 50);

    expect(summary).toMatchObject({ outcome: 'caught up', reconciled: true });
    expect(new Set(ids).size).toBe(240);
  });
});

test('a list that moved between two pages, which so returned one row twice and passed over another, is read again', async () => {
  const gone = calls[10];
  const come = { ID: 'new', at: START_MS + 1 };
  // Between the first two pages a row came before all, and between the next two another went: by number they are as many as counted.
  const list = (request: number) => {
    if (request === 1) return calls;
    if (request === 2) return [come, ...calls];
    return [come, ...calls.filter((call) => call !== gone)];
  };

  const { summary, ids, warnings } = await exported(list, 50);

  expect(summary).toMatchObject({ outcome: 'caught up', reconciled: true });
  expect(new Set(ids)).toEqual(new Set([...calls.map(({ ID }) => ID), 'new']));
  expect(warnings).toEqual([]);
});
