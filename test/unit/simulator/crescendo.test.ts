import { afterEach, expect, test } from 'vitest';
import { ask, credentialHeaders, cursorOf, listUrl, rowsOf, walk } from '../../simulator/client.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/simulator.ts';
import { HOUR_MS } from '../../support/durations.ts';
import { cursorNames, walkUntilShortPage } from '../../support/vendor/naive-walks.ts';

const STREAM = 'crescendo.vocconv';
const NOON = Date.UTC(2026, 0, 31, 12);
const whole = { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z', limit: '100' };
let running: Simulator | undefined;

async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  running = await startSimulator({ seed: 3, rows: 960, days: 30, now: () => NOON, sources: ['crescendo'], ...options });
  return running;
}
afterEach(async () => {
  await running?.close();
  running = undefined;
});
const iso = (ms: number) => new Date(ms).toISOString();
const keysIn = (pages: Awaited<ReturnType<typeof walk>>) =>
  pages.flatMap((page) => rowsOf(page).map((row) => row['ID']));
const keysOf = (simulator: Simulator) => [...simulator.world(STREAM).current()].map((row) => row.key);

test('a walk by cursor gives every row once, with a right total and a null cursor at the end', async () => {
  const simulator = await start();

  const pages = await walk(simulator, STREAM, whole);

  expect(keysIn(pages)).toEqual(keysOf(simulator));
  expect(pages.map((page) => page.body?.['total'])).toEqual(pages.map(() => keysOf(simulator).length));
  expect(pages.at(-1)?.body?.['cursor']).toEqual({ next: null });
});

test('both generations of paths respond, for both feeds', async () => {
  const simulator = await start();
  const base = `${simulator.baseUrl(STREAM)}/api/v1/reporting/tenants/tenant-alpha`;
  const headers = credentialHeaders(simulator, STREAM);
  const get = async (path: string) => (await fetch(`${base}/${path}?limit=7`, { headers })).text();

  expect(await get('vocconv')).toContain('"Direction"');
  expect((await get('voc/conversations')).replace(/"next":"[^"]*"/, '')).toBe(
    (await get('vocconv')).replace(/"next":"[^"]*"/, ''),
  );
  expect(await get('botconv')).toContain('"BotID"');
  expect(await get('assistant/conversations')).toContain('"BotID"');
});

test('without range and from the last day is returned, also when to is given', async () => {
  const simulator = await start();
  const lastDay = keysOf(simulator).filter((_, n, all) => n >= all.length - 32);

  const bare = rowsOf(await ask(simulator, STREAM));
  const untilMorning = rowsOf(await ask(simulator, STREAM, { to: iso(NOON - 6 * HOUR_MS) }));
  const week = rowsOf(await ask(simulator, STREAM, { range: 'last_week' }));

  expect(Math.abs(bare.length - 32)).toBeLessThanOrEqual(1);
  expect(bare.map((row) => row['ID']).slice(-31)).toEqual(lastDay.slice(-31));
  expect(untilMorning.length).toBeLessThan(bare.length);
  expect(untilMorning.length).toBeGreaterThan(0);
  expect(Math.abs(week.length - 224)).toBeLessThanOrEqual(1);
});

test('bounds are ISO texts or epoch milliseconds, and seconds mean January 1970', async () => {
  const simulator = await start();
  const [from, to] = [NOON - 48 * HOUR_MS, NOON - 24 * HOUR_MS];

  const texts = await ask(simulator, STREAM, { from: iso(from), to: iso(to) });
  const numbers = await ask(simulator, STREAM, { from: String(from), to: String(to) });
  const seconds = await ask(simulator, STREAM, { from: String(from / 1000), to: String(to / 1000) });

  expect(numbers.text).toBe(texts.text);
  expect(rowsOf(numbers).length).toBeGreaterThan(20);
  expect(rowsOf(seconds)).toEqual([]);
});

test.each([
  ['limit 0', { limit: '0' }],
  ['limit 5001', { limit: '5001' }],
  ['a bad date', { from: 'yesterday' }],
  ['an unknown range', { range: 'last_year' }],
  ['a bad cursor', { cursor: 'nonsense' }],
  ['a cursor with from', { cursor: 'nonsense', from: whole.from }],
])('refuses %s with 400', async (_, query) => {
  const simulator = await start();

  const response = await ask(simulator, STREAM, query);

  expect(response.status).toBe(400);
  expect(response.body).toEqual({ code: 'BadRequest', message: expect.any(String) });
});

test('refuses a wrong key with 401 and another tenant with 403', async () => {
  const simulator = await start();
  const other = listUrl(simulator, STREAM).replace('tenant-alpha', 'tenant-beta');

  const wrong = await ask(simulator, STREAM, {}, { headers: { authorization: 'Bearer other' } });
  const none = await ask(simulator, STREAM, {}, { headers: {} });
  const foreign = await fetch(other, { headers: credentialHeaders(simulator, STREAM) });

  expect([wrong.status, none.status, foreign.status]).toEqual([401, 401, 403]);
  expect(none.body).toMatchObject({ code: 'Unauthenticated' });
  expect(await foreign.json()).toMatchObject({ code: 'PermissionDenied' });
});

test('the ends of a span are inclusive or exclusive as asked', async () => {
  const simulator = await start();
  const [row] = [...simulator.world(STREAM).current()].slice(100);
  const at = row?.time ?? 0;
  const found = async (from: number, to: number) => {
    const response = await ask(simulator, STREAM, { from: String(from), to: String(to) });
    return rowsOf(response).some((one) => one['ID'] === row?.key);
  };

  const seen: boolean[] = [];
  for (const end of ['inclusive', 'exclusive'] as const) {
    simulator.turn({ crescendo: { fromEnd: end, toEnd: end } });
    seen.push(await found(at, at + 1000), await found(at - 1000, at));
  }

  expect(seen).toEqual([true, true, false, false]);
});

test('empty and short pages with a live cursor lose nothing to who follows the cursor, and much to who does not', async () => {
  const simulator = await start({ knobs: { crescendo: { emptyPageEvery: 3, shortPageEvery: 4, lastCursor: 'live' } } });
  const target = { url: listUrl(simulator, STREAM), headers: credentialHeaders(simulator, STREAM) };

  const pages = await walk(simulator, STREAM, whole);
  const { limit: _, ...query } = whole;
  const naive = await walkUntilShortPage(target, cursorNames.crescendo, { query, size: 100, resend: false });

  expect(keysIn(pages)).toEqual(keysOf(simulator));
  expect(pages.filter((page) => rowsOf(page).length === 0).length).toBeGreaterThan(2);
  expect(rowsOf(pages.at(-1) ?? pages[0] ?? (await ask(simulator, STREAM)))).toEqual([]);
  expect(naive.length).toBe(200);
});

test('offset cursors lose a row when one goes during the walk, sort-key cursors do not', async () => {
  const lost: number[] = [];
  for (const cursor of ['offset', 'sort-key', 'snapshot'] as const) {
    const simulator = await start({ knobs: { crescendo: { cursor } } });
    const keys = keysOf(simulator);
    simulator.turn({
      crescendo: { onRequest: (n) => (n === 2 ? simulator.world(STREAM).remove(keys[5] ?? '') : undefined) },
    });

    const read = new Set(keysIn(await walk(simulator, STREAM, whole)));

    lost.push(keys.filter((key) => !read.has(key)).length);
    await simulator.close();
  }
  expect(lost).toEqual([1, 0, 0]);
});

test('a snapshot shows the rows as they were at the first page', async () => {
  const simulator = await start({ knobs: { crescendo: { cursor: 'snapshot' } } });
  const keys = keysOf(simulator);
  simulator.turn({
    crescendo: {
      onRequest: (n) => {
        if (n === 2) simulator.world(STREAM).change(keys.at(-1) ?? '', { CSat: 99 });
      },
    },
  });

  const last = (await walk(simulator, STREAM, whole)).flatMap(rowsOf).at(-1);

  expect(last?.['ID']).toBe(keys.at(-1));
  expect(last?.['CSat']).not.toBe(99);
});

test.each([
  ['pages of a walk', { pages: 2 }, 0],
  ['milliseconds', { ms: 1000 }, 2000],
])('refuses a cursor after so many %s', async (_, cursorLife, passingMs) => {
  let now = NOON;
  const simulator = await start({ now: () => now, knobs: { crescendo: { cursorLife } } });

  const first = await ask(simulator, STREAM, whole);
  const second = await ask(simulator, STREAM, { cursor: cursorOf(first) ?? '', limit: '100' });
  now += passingMs;
  const third = await ask(simulator, STREAM, { cursor: cursorOf(second) ?? '', limit: '100' });

  expect([first.status, second.status, third.status]).toEqual([200, 200, 400]);
});

test('refuses a cursor that was used up, even to a client that only tries again', async () => {
  const simulator = await start({ knobs: { crescendo: { cursorLife: { uses: 1 } } } });
  const cursor = cursorOf(await ask(simulator, STREAM, whole)) ?? '';

  const statuses = [await ask(simulator, STREAM, { cursor }), await ask(simulator, STREAM, { cursor })].map(
    (a) => a.status,
  );

  expect(statuses).toEqual([200, 400]);
});

test('a stuck cursor comes back, and a total may drift or stop at a number', async () => {
  const simulator = await start({ knobs: { crescendo: { stuckAtPage: 2, total: 'drifting' } } });

  const first = await ask(simulator, STREAM, whole);
  const second = await ask(simulator, STREAM, { cursor: cursorOf(first) ?? '', limit: '100' });
  simulator.turn({ crescendo: { total: { saturatesAt: 500 } } });
  const third = await ask(simulator, STREAM, whole);

  expect(cursorOf(second)).toBe(cursorOf(first));
  expect(second.body?.['total']).not.toBe(first.body?.['total']);
  expect(third.body?.['total']).toBe(500);
});

test('the last page may lack the cursor field altogether', async () => {
  const simulator = await start({ knobs: { crescendo: { lastCursor: 'missing' } } });

  const [last] = (await walk(simulator, STREAM, whole)).slice(-1);

  expect(last?.body?.['cursor']).toEqual({});
});

test('late rows appear behind ones that were shown before, and totals count what is shown', async () => {
  let now = NOON;
  const simulator = await start({ now: () => now, knobs: { crescendo: { late: { share: 0.5, byMs: 48 * HOUR_MS } } } });

  const early = await walk(simulator, STREAM, whole);
  now += 48 * HOUR_MS;
  const later = await walk(simulator, STREAM, { ...whole, to: iso(NOON) });

  expect(keysIn(later).length).toBeGreaterThan(keysIn(early).length + 5);
  expect(early[0]?.body?.['total']).toBe(keysIn(early).length);
});

test('rows may be null in key and time, doubled in names and beyond doubles in numbers, and their lines stay as served', async () => {
  const odd = {
    nullKeys: 0.2,
    nullTimes: 0.2,
    duplicateNames: 0.5,
    bigNumbers: 0.5,
    unknownFields: 0.5,
    unionTypes: 0.5,
  };
  const simulator = await start({ knobs: { crescendo: { ...odd, layout: 'crlf' } } });

  const response = await ask(simulator, STREAM, { ...whole, limit: '5000' });
  const flat = response.text.replace(/[\r\n]/g, '');
  const lines = [...simulator.world(STREAM).current()];

  expect(response.text).toContain('\r\n');
  for (const { line } of lines) expect(flat).toContain(line);
  expect(rowsOf(response).length).toBe(lines.length);
  expect(lines.filter((row) => row.key === undefined).length).toBe(
    rowsOf(response).filter((row) => row['ID'] === null).length,
  );
  expect(rowsOf(response).some((row) => row['DatetimeUTC'] === null)).toBe(true);
  expect(rowsOf(response).some((row) => Array.isArray(row['Groups']))).toBe(true);
});
