import { afterEach, expect, test } from 'vitest';
import { ask, cursorOf, rowsOf, walk } from '../../simulator/client.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/simulator.ts';
import { DAY_MS } from '../../support/durations.ts';

const BOTH = ['voiceable.conversations', 'elevenlabs.conversations'] as const;
const NOON = Date.UTC(2026, 0, 31, 12);
let running: Simulator | undefined;

async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const sources = ['voiceable', 'elevenlabs'] as const;
  running = await startSimulator({ seed: 9, rows: 600, days: 30, now: () => NOON, sources, ...options });
  return running;
}
afterEach(async () => {
  await running?.close();
  running = undefined;
});
const keysOf = (simulator: Simulator, stream: (typeof BOTH)[number]) =>
  [...simulator.world(stream).current()].map((row) => row.key);

test.each(BOTH)('%s comes newest first, 30 to a page, each row once', async (stream) => {
  const simulator = await start();

  const pages = await walk(simulator, stream, {});

  const newestFirst = keysOf(simulator, stream).reverse();
  expect(pages.flatMap((page) => rowsOf(page).map((row) => row['conversation_id']))).toEqual(newestFirst);
  expect(rowsOf(pages[0] ?? (await ask(simulator, stream))).length).toBe(30);
  expect(pages.map((page) => page.body?.['has_more'])).toEqual(pages.map((_, n) => n < pages.length - 1));
});

test.each(BOTH)('%s filters by start in whole seconds, with ends as asked', async (stream) => {
  const simulator = await start({ rows: 60_000, since: NOON - DAY_MS });
  const at = Math.floor(([...simulator.world(stream).current()].at(-400)?.time ?? 0) / 1000);
  const seconds = (response: Awaited<ReturnType<typeof ask>>) =>
    rowsOf(response).map((row) => Number(row['start_time_unix_secs'] ?? Date.parse(String(row['created_at'])) / 1000));
  const query = { page_size: '100', call_start_after_unix: String(at), call_start_before_unix: String(at + 300) };

  const inside = seconds(await ask(simulator, stream, query));
  simulator.turn({ voiceable: { fromEnd: 'exclusive' }, elevenlabs: { fromEnd: 'exclusive' } });
  const without = seconds(await ask(simulator, stream, query));

  expect(Math.min(...inside)).toBe(at);
  expect(Math.max(...inside)).toBeLessThanOrEqual(at + 300);
  expect(Math.min(...without)).toBeGreaterThan(at);
});

test('summaries are left out by default at ElevenLabs and shown by default at Voiceable', async () => {
  const simulator = await start();
  const [voiceable, elevenlabs] = BOTH;
  const past = { call_start_before_unix: String((NOON - DAY_MS) / 1000) };
  const summarised = async (stream: (typeof BOTH)[number], query: Record<string, string>) =>
    /"(transcript_summary|summary)":"/.test((await ask(simulator, stream, { ...past, ...query })).text);

  expect(await summarised(elevenlabs, {})).toBe(false);
  expect(await summarised(elevenlabs, { summary_mode: 'include' })).toBe(true);
  expect(await summarised(voiceable, {})).toBe(true);
  expect(await summarised(voiceable, { summary_mode: 'exclude' })).toBe(false);
});

test('bad parameters are refused in the words of each vendor', async () => {
  const simulator = await start();
  const [voiceable, elevenlabs] = BOTH;

  const wide = await ask(simulator, voiceable, { page_size: '101' });
  const zero = await ask(simulator, elevenlabs, { page_size: '0' });
  const fraction = await ask(simulator, elevenlabs, { call_start_after_unix: '1.5' });
  const cursor = await ask(simulator, elevenlabs, { cursor: 'nonsense' });

  expect([wide.status, zero.status, fraction.status, cursor.status]).toEqual([400, 422, 422, 400]);
  expect(wide.body).toMatchObject({ status: { code: 400 }, error: expect.any(String), errors: expect.any(Array) });
  expect(zero.body?.['detail']).toEqual([
    { loc: ['query', 'page_size'], msg: expect.any(String), type: 'value_error' },
  ]);
  expect(cursor.body?.['detail']).toMatchObject({ status: 'invalid_cursor' });
});

test('credentials go in the documented headers, and a wrong one gets the documented body', async () => {
  const simulator = await start();
  const [voiceable, elevenlabs] = BOTH;

  const bearer = await ask(simulator, voiceable, {}, { headers: { authorization: `Bearer ${simulator.apiKey}` } });
  const none = await ask(simulator, voiceable, {}, { headers: {} });
  const wrong = await ask(simulator, elevenlabs, {}, { headers: { 'xi-api-key': 'other' } });

  expect([bearer.status, none.status, wrong.status]).toEqual([200, 401, 401]);
  expect(none.body).toMatchObject({ status: { code: 401, message: 'Authentication required.' } });
  expect(wrong.body).toEqual({ detail: { status: 'invalid_api_key', message: expect.any(String) } });
});

test.each(BOTH)('%s shows a call from its begin through processing to a final status', async (stream) => {
  let now = NOON;
  const simulator = await start({ now: () => now, rows: 600_000, since: NOON - 600_000 });
  const fresh = [...simulator.world(stream).current()].at(-1);
  const statusAt = (ms: number) => {
    now = (fresh?.time ?? 0) + ms;
    return (JSON.parse(simulator.world(stream).row(fresh?.key ?? '')?.line ?? '{}') as { status?: string }).status;
  };

  const seen = [1000, 3000, 1_300_000].map(statusAt);
  const between = Array.from({ length: 130 }, (_, n) => statusAt(n * 10_000));

  expect(seen.slice(0, 2)).toEqual(['initiated', 'in-progress']);
  expect(['done', 'completed', 'failed']).toContain(seen[2]);
  expect(between).toContain('processing');
});

test('some calls never end, when asked for', async () => {
  const simulator = await start({ knobs: { elevenlabs: { stuckOpen: 0.5 } } });

  const lines = [...simulator.world('elevenlabs.conversations').current()].map((row) => row.line);

  const open = lines.filter((line) => line.includes('"status":"processing"')).length;
  expect(open / lines.length).toBeGreaterThan(0.4);
  expect(open / lines.length).toBeLessThan(0.6);
});

test('Voiceable can respond in the shape that its own front end reads, without has_more', async () => {
  const simulator = await start({ knobs: { voiceable: { rowShape: 'app', hasMore: 'missing', lastCursor: 'live' } } });

  const pages = await walk(simulator, 'voiceable.conversations', { page_size: '100' });

  const rows = pages.flatMap(rowsOf);
  expect(rows.map((row) => row['id'])).toEqual(keysOf(simulator, 'voiceable.conversations').reverse());
  expect(rows[0]).not.toHaveProperty('created_at');
  expect(rows[0]?.['metadata']).toHaveProperty('start_time_unix_secs');
  expect(pages[0]?.body).not.toHaveProperty('has_more');
  expect(rowsOf(pages.at(-1) ?? (await ask(simulator, 'voiceable.conversations')))).toEqual([]);
});

test('a conversation has an address of its own', async () => {
  const simulator = await start();

  for (const stream of BOTH) {
    const row = [...simulator.world(stream).current()][7];
    const single = await ask(simulator, stream, {}, { path: `/${row?.key}` });
    const none = await ask(simulator, stream, {}, { path: '/conv_none' });
    // Of Voiceable's documented errors none is a 404.
    expect([single.status, none.status]).toEqual([200, stream === 'voiceable.conversations' ? 502 : 404]);
    expect(single.text).toContain(row?.key);
  }
});

test('a limit of requests a minute is told in headers and kept', async () => {
  let now = NOON;
  const simulator = await start({ now: () => now, knobs: { voiceable: { requestsPerMinute: 2 } } });
  const stream = 'voiceable.conversations';

  const responses = [await ask(simulator, stream), await ask(simulator, stream), await ask(simulator, stream)];
  now += 60_000;
  const after = await ask(simulator, stream);

  expect(responses.map((response) => response.status)).toEqual([200, 200, 429]);
  expect(responses.map((response) => response.headers.get('x-ratelimit-remaining'))).toEqual(['1', '0', '0']);
  expect(responses[0]?.headers.get('x-ratelimit-reset')).toBe(String(NOON / 1000 + 60));
  expect(after.status).toBe(200);
});

test('a limit of requests at a time refuses those above it', async () => {
  let arrived = 0;
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const onRequest = () => {
    if (++arrived === 3) open();
    return gate;
  };
  const simulator = await start({ knobs: { elevenlabs: { concurrentRequests: 2, onRequest } } });

  const responses = await Promise.all([1, 2, 3].map(() => ask(simulator, 'elevenlabs.conversations')));

  expect(responses.map((response) => response.status)).toContain(429);
  expect(simulator.stats('elevenlabs.conversations').maxConcurrent).toBe(3);
});

test('rows that share a second are each shown once, however small the pages', async () => {
  const simulator = await start({ rows: 200, knobs: { elevenlabs: { tieMs: DAY_MS } } });

  const pages = await walk(simulator, 'elevenlabs.conversations', { page_size: '3' });

  const ids = pages.flatMap((page) => rowsOf(page).map((row) => row['conversation_id']));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(keysOf(simulator, 'elevenlabs.conversations').reverse());
  expect(cursorOf(pages.at(-1) ?? (await ask(simulator, 'elevenlabs.conversations')))).toBeUndefined();
});
