import { afterEach, expect, test } from 'vitest';
import { ask, credentialHeaders, listUrl, type RawResponse, rowsOf } from '../../simulator/client.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/simulator.ts';
import { pagePoints } from '../../simulator/vendors/salesloft.ts';
import { DAY_MS } from '../../support/durations.ts';
import { walkByPageNumber, walkStrictlyAfter } from '../../support/vendor/naive-walks.ts';

const STREAM = 'salesloft.conversations';
const NOON = Date.UTC(2026, 0, 31, 12);
const ascending = { sort_by: 'updated_at', sort_direction: 'asc', per_page: '100' };
const ALL_TIME = '2026-01-01T00:00:00Z';
let running: Simulator | undefined;

async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  running = await startSimulator({ seed: 3, rows: 960, days: 30, now: () => NOON, sources: ['salesloft'], ...options });
  return running;
}
afterEach(async () => {
  await running?.close();
  running = undefined;
});
const keysOf = (simulator: Simulator) => [...simulator.world(STREAM).current()].flatMap((row) => row.key ?? []);
const target = (simulator: Simulator) => ({
  url: listUrl(simulator, STREAM),
  headers: credentialHeaders(simulator, STREAM),
});
const metadataOf = (response: RawResponse) =>
  response.body?.['metadata'] as Readonly<Record<string, Record<string, unknown>>>;
const instants = (response: RawResponse, field: string) =>
  rowsOf(response).map((row) => Date.parse(String(row[field])));

test('a bare request gives the 25 newest by creation, and says so', async () => {
  const simulator = await start();

  const response = await ask(simulator, STREAM);

  expect(rowsOf(response).map((row) => row['id'])).toEqual(keysOf(simulator).slice(-25).reverse());
  expect(metadataOf(response)).toEqual({
    filtering: {},
    paging: { per_page: 25, current_page: 1, next_page: 2, prev_page: null },
    sorting: { sort_by: 'created_at', sort_direction: 'DESC NULLS LAST' },
  });
});

test('unknown names are ignored and numbers out of range put right, without a word', async () => {
  const simulator = await start();

  const guide = await ask(simulator, STREAM, { sort: 'updated_at', account_id: '7', per_page: '500', page: '0' });
  const words = await ask(simulator, STREAM, { per_page: 'many', page: 'first' });

  expect(guide.status).toBe(200);
  expect(metadataOf(guide)).toMatchObject({ filtering: {}, sorting: { sort_by: 'created_at' } });
  expect(metadataOf(guide)['paging']).toMatchObject({ per_page: 100, current_page: 1 });
  expect(metadataOf(words)['paging']).toMatchObject({ per_page: 25, current_page: 1 });
});

test('filters combine into a range, are echoed, and an empty page is a normal response', async () => {
  const simulator = await start();
  const [from, to] = [new Date(NOON - 5 * DAY_MS).toISOString(), new Date(NOON - 4 * DAY_MS).toISOString()];

  const response = await ask(simulator, STREAM, { ...ascending, 'updated_at[gte]': from, 'updated_at[lt]': to });
  const empty = await ask(simulator, STREAM, { ...ascending, 'updated_at[gt]': '2027-01-01' });

  const updated = instants(response, 'updated_at');
  expect(updated.length).toBeGreaterThan(20);
  expect(updated).toEqual([...updated].sort((a, b) => a - b));
  expect(Math.min(...updated)).toBeGreaterThanOrEqual(Date.parse(from));
  expect(Math.max(...updated)).toBeLessThan(Date.parse(to));
  expect(metadataOf(response)).toMatchObject({
    filtering: { updated_at: { gte: from, lt: to } },
    sorting: { sort_by: 'updated_at', sort_direction: 'ASC NULLS FIRST' },
  });
  expect([empty.status, rowsOf(empty)]).toEqual([200, []]);
  expect(metadataOf(empty)['paging']).toMatchObject({ next_page: null });
});

test('counts come on request only', async () => {
  const simulator = await start();
  const count = keysOf(simulator).length;

  const response = await ask(simulator, STREAM, { ...ascending, page: '3', include_paging_counts: 'true' });

  expect(metadataOf(response)['paging']).toEqual({
    per_page: 100,
    current_page: 3,
    next_page: 4,
    prev_page: 2,
    total_pages: Math.ceil(count / 100),
    total_count: count,
  });
});

test('rows can be asked by their fields, and sorted by duration', async () => {
  const simulator = await start();
  const ids = keysOf(simulator).slice(3, 6);

  const some = await ask(simulator, STREAM, { ids: `${ids.join(',')},none-such` });
  const zoom = await ask(simulator, STREAM, { platform: 'zoom', 'duration[lt]': '600000' });
  const longest = await ask(simulator, STREAM, { sort_by: 'duration', sort_direction: 'DESC' });

  expect(new Set(rowsOf(some).map((row) => row['id']))).toEqual(new Set(ids));
  expect(rowsOf(zoom).length).toBeGreaterThan(0);
  for (const row of rowsOf(zoom)) expect([row['platform'], Number(row['duration']) < 600_000]).toEqual(['zoom', true]);
  const durations = rowsOf(longest).map((row) => Number(row['duration']));
  expect(durations).toEqual([...durations].sort((a, b) => b - a));
});

test.each([
  [500, { 'updated_at[gte]': '{{ stream_interval }}' }, { status: 500, error: 'Internal Server Error' }],
  [422, { sort_by: 'id' }, { errors: { sort_by: ['is invalid'] } }],
  [422, { is_api: 'yes' }, { errors: { is_api: ['is invalid'] } }],
])('responds with %i to %o', async (status, query, body) => {
  const simulator = await start();

  const response = await ask(simulator, STREAM, query);

  expect([response.status, response.body]).toEqual([status, body]);
});

test('refuses a request without the token, and one row has an address of its own', async () => {
  const simulator = await start();
  const [row] = simulator.world(STREAM).current();

  const refused = await ask(simulator, STREAM, {}, { headers: {} });
  const single = await ask(simulator, STREAM, {}, { path: `/${row?.key}` });
  const none = await ask(simulator, STREAM, {}, { path: '/none-such' });

  expect([refused.status, refused.body]).toEqual([401, { error: expect.stringContaining('No Bearer Token') }]);
  expect(single.text).toBe(`{"data":${row?.line}}`);
  expect(none.status).toBe(404);
});

test('a row is updated some time after its creation, with a newer updated_at and the references it lacked', async () => {
  let now = NOON;
  const simulator = await start({ now: () => now, rows: 9600 });
  const fresh = [...simulator.world(STREAM).current()].filter((row) => row.time > NOON - 200_000);

  now += 5 * DAY_MS;
  const later = fresh.map((row) => simulator.world(STREAM).row(row.key ?? ''));

  const changed = later.filter((row, n) => row?.version !== fresh[n]?.version);
  expect(fresh.every((row) => row.line.includes('"transcription":null'))).toBe(true);
  expect(changed.length).toBeGreaterThan(0);
  expect(changed.every((row) => !row?.line.includes('"transcription":null'))).toBe(true);
});

test('times are cut to milliseconds while comparison is in microseconds, so the last row comes again after its own time', async () => {
  const simulator = await start();
  const first = rowsOf(await ask(simulator, STREAM, { ...ascending, per_page: '1' }));

  const again = rowsOf(
    await ask(simulator, STREAM, { ...ascending, per_page: '1', 'updated_at[gt]': String(first[0]?.['updated_at']) }),
  );
  simulator.turn({ salesloft: { precision: 'microseconds', offsetMinutes: -240 } });
  const exact = rowsOf(await ask(simulator, STREAM, { ...ascending, per_page: '1' }));
  const next = rowsOf(
    await ask(simulator, STREAM, { ...ascending, per_page: '1', 'updated_at[gt]': String(exact[0]?.['updated_at']) }),
  );

  expect(again[0]?.['id']).toBe(first[0]?.['id']);
  expect(exact[0]?.['updated_at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}-04:00$/);
  expect(next[0]?.['id']).not.toBe(exact[0]?.['id']);
});

test('pages cost by their number, and the budget is that of the clock minute', async () => {
  let now = NOON;
  const simulator = await start({ now: () => now });

  const deep = await ask(simulator, STREAM, { ...ascending, page: '501' });
  for (let n = 0; n < 19; n++) await ask(simulator, STREAM, { ...ascending, page: '501' });
  const over = await ask(simulator, STREAM, ascending);
  now += 60_000;
  const after = await ask(simulator, STREAM, ascending);

  expect([1, 100, 101, 150, 151, 250, 251, 500, 501].map(pagePoints)).toEqual([1, 1, 3, 3, 8, 8, 10, 10, 30]);
  expect(deep.headers.get('x-ratelimit-endpoint-cost')).toBe('30');
  expect(deep.headers.get('x-ratelimit-remaining-minute')).toBe('570');
  expect([over.status, over.body]).toEqual([429, { error: 'API rate limit exceeded' }]);
  expect(over.headers.get('x-ratelimit-remaining-minute')).toBe('0');
  expect([after.status, after.headers.get('x-ratelimit-remaining-minute')]).toEqual([200, '599']);
  expect(simulator.stats(STREAM)).toMatchObject({ requests: 22, pointsSpent: 601, rejected: 1 });
});

test('a walk by page number loses the neighbours of rows that are updated meanwhile', async () => {
  const simulator = await start();
  const oldest = rowsOf(await ask(simulator, STREAM, { ...ascending, per_page: '5' })).map((row) => String(row['id']));
  simulator.turn({
    salesloft: { onRequest: (n) => (n === 4 ? simulator.world(STREAM).touch(oldest, NOON) : undefined) },
  });

  const read = await walkByPageNumber(target(simulator), { after: ALL_TIME });

  const keys = new Set(read.map((row) => row.key));
  expect(keysOf(simulator).filter((key) => !keys.has(key)).length).toBe(5);
  expect(read.length).toBeGreaterThan(keys.size);
});

test('a walk strictly after the last row loses rows that tie, and one over untied rows does not', async () => {
  const simulator = await start({ knobs: { salesloft: { precision: 'microseconds' } } });
  const keys = keysOf(simulator);

  const before = await walkStrictlyAfter(target(simulator), { after: ALL_TIME });
  simulator.world(STREAM).touch(keys.slice(0, 250), NOON - 1000);
  const after = await walkStrictlyAfter(target(simulator), { after: ALL_TIME });

  expect(new Set(before.map((row) => row.key)).size).toBe(keys.length);
  expect(new Set(after.map((row) => row.key)).size).toBeLessThan(keys.length - 100);
});

test('tied rows may come in another order on every request', async () => {
  const simulator = await start({ knobs: { salesloft: { shuffleTies: true } } });
  const at = NOON - 1000;
  simulator.world(STREAM).touch(keysOf(simulator).slice(0, 60), at);
  const query = {
    ...ascending,
    'updated_at[gte]': new Date(at).toISOString(),
    'updated_at[lt]': new Date(at + 1).toISOString(),
  };

  const [first, second] = [await ask(simulator, STREAM, query), await ask(simulator, STREAM, query)];

  const ids = [first, second].map((response) => rowsOf(response).map((row) => row['id']));
  expect(ids[0]).not.toEqual(ids[1]);
  expect(new Set(ids[0])).toEqual(new Set(ids[1]));
  expect(ids[0]?.length).toBe(60);
});

test('a row without a time is filtered by its true time and tells it later', async () => {
  let now = NOON;
  const simulator = await start({
    now: () => now,
    knobs: { salesloft: { untimed: { share: 1, forMs: 30 * DAY_MS } } },
  });

  const first = rowsOf(await ask(simulator, STREAM));
  now += 30 * DAY_MS;
  const later = simulator.world(STREAM).row(String(first[0]?.['id']));

  expect(first.every((row) => row['created_at'] === null)).toBe(true);
  expect(later?.line).toContain(`"created_at":"${new Date(later?.time ?? 0).toISOString()}"`);
});

test('ignored parameters show in the rows and in the echo', async () => {
  const simulator = await start({ knobs: { salesloft: { ignoreSort: true, ignoreFilters: true } } });

  const response = await ask(simulator, STREAM, { ...ascending, 'updated_at[gte]': '2027-01-01' });

  expect(rowsOf(response).length).toBe(100);
  expect(metadataOf(response)).toMatchObject({ filtering: {}, sorting: { sort_by: 'created_at' } });
});

test('the list may come without paging, or bare', async () => {
  const simulator = await start({ knobs: { salesloft: { envelope: 'without-paging' } } });

  const unpaged = await ask(simulator, STREAM);
  simulator.turn({ salesloft: { envelope: 'bare-array' } });
  const bare = await ask(simulator, STREAM);

  expect(Object.keys(metadataOf(unpaged))).toEqual(['filtering', 'sorting']);
  expect(Array.isArray(bare.body)).toBe(true);
  expect(rowsOf(bare)).toEqual(rowsOf(unpaged));
});

test('for a while of the clock every list is empty', async () => {
  let now = NOON;
  const simulator = await start({
    now: () => now,
    knobs: { salesloft: { emptyDuring: [{ from: NOON, to: NOON + 3_600_000 }] } },
  });

  const during = rowsOf(await ask(simulator, STREAM));
  now += 3_600_000;

  expect(during).toEqual([]);
  expect(rowsOf(await ask(simulator, STREAM)).length).toBe(25);
});

test('transcriptions are a list of their own, of the conversations that they name, and know fewer parameters', async () => {
  const simulator = await start();
  const conversations = new Set(keysOf(simulator));
  const newest = { sort_by: 'updated_at', sort_direction: 'desc', per_page: '100' };

  const list = await ask(simulator, 'salesloft.transcriptions', newest);
  const titled = await ask(simulator, 'salesloft.transcriptions', { ...newest, title: 'none' });
  const longest = await ask(simulator, 'salesloft.transcriptions', { sort_by: 'duration' });

  const idsIn = (field: string) => rowsOf(list).map((row) => (row[field] as { readonly id: string }).id);
  expect(idsIn('conversation').filter((id) => !conversations.has(id))).toEqual([]);
  expect(idsIn('transcription_sentences')).toEqual(rowsOf(list).map((row) => row['id']));
  expect(rowsOf(titled)).toEqual(rowsOf(list));
  expect([longest.status, longest.body]).toEqual([422, { errors: { sort_by: ['is invalid'] } }]);
});

test('a conversation names its transcription once it has one', async () => {
  const simulator = await start();

  const response = await ask(simulator, STREAM, { per_page: '100' });
  const named = rowsOf(response).flatMap((row) => (row['transcription'] as { readonly id: string } | null)?.id ?? []);

  expect(named.length).toBeGreaterThan(20);
  for (const id of named) expect(simulator.world('salesloft.transcriptions').row(id)).toBeDefined();
});

test('a sort direction may be refused, since it is not documented for every list', async () => {
  const simulator = await start({ knobs: { salesloft: { refusesDirection: true } } });

  const response = await ask(simulator, 'salesloft.transcriptions', ascending);

  expect([response.status, response.body]).toEqual([422, { errors: { sort_direction: ['is invalid'] } }]);
});
