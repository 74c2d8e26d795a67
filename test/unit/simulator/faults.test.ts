import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { streams } from '../../../contract/streams.ts';
import { ask, credentialHeaders, listUrl, rowsOf } from '../../simulator/client.ts';
import {
  type Fault,
  faultsAt,
  randomFaults,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../../simulator/simulator.ts';

const STREAM = 'crescendo.botconv';
const NOON = Date.UTC(2026, 0, 31, 12);
let running: Simulator | undefined;

async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  running = await startSimulator({ rows: 3000, days: 30, now: () => NOON, sources: ['crescendo'], ...options });
  return running;
}
afterEach(async () => {
  await running?.close();
  running = undefined;
});
const spoiling = (fault: Fault) => start({ knobs: { crescendo: { faults: faultsAt({ 1: fault }) } } });

test('a scheduled fault spoils its request and no other', async () => {
  const simulator = await spoiling({ kind: 'status', status: 503, retryAfter: '7' });

  const [first, second] = [await ask(simulator, STREAM), await ask(simulator, STREAM)];

  expect([first.status, first.headers.get('retry-after')]).toEqual([503, '7']);
  expect(first.body).toEqual({ code: 'Unavailable', message: 'Elasticsearch request failed' });
  expect(second.status).toBe(200);
});

test.each([{ kind: 'reset' }, { kind: 'reset-midway' }, { kind: 'cut-short' }] as const)(
  '%o fails the request',
  async (fault) => {
    const simulator = await spoiling(fault);

    await expect(ask(simulator, STREAM)).rejects.toThrow();
    expect((await ask(simulator, STREAM)).status).toBe(200);
  },
);

test('half a body and a page of HTML are whole responses that are not JSON', async () => {
  const simulator = await start({
    knobs: { crescendo: { faults: faultsAt({ 1: { kind: 'half' }, 2: { kind: 'html' } }) } },
  });

  const [half, html, right] = [
    await ask(simulator, STREAM),
    await ask(simulator, STREAM),
    await ask(simulator, STREAM),
  ];

  expect([half.status, half.body, html.status, html.body]).toEqual([200, undefined, 200, undefined]);
  expect(right.text.startsWith(half.text)).toBe(true);
  expect(html.headers.get('content-type')).toBe('text/html');
});

test('a redirect leads elsewhere, an oversize body is as large as asked, an edited one as edited', async () => {
  const simulator = await start({
    knobs: {
      crescendo: {
        faults: faultsAt({
          1: { kind: 'redirect', to: 'http://127.0.0.1:9/elsewhere' },
          2: { kind: 'oversize', bytes: 3_000_000 },
          3: { kind: 'edit', edit: (body) => body.replace('"total"', '"Total"') },
        }),
      },
    },
  });

  const redirect = await ask(simulator, STREAM, {}, { redirect: 'manual' });
  const large = await ask(simulator, STREAM);
  const edited = await ask(simulator, STREAM);

  expect([redirect.status, redirect.headers.get('location')]).toEqual([302, 'http://127.0.0.1:9/elsewhere']);
  expect(large.text.length).toBeGreaterThan(2_900_000);
  expect(rowsOf(large).length).toBeGreaterThan(0);
  expect(edited.body).toHaveProperty('Total');
});

test('a hanging request ends when the client gives up, and does not keep the simulator open', async () => {
  const simulator = await spoiling({ kind: 'hang' });
  const impatient = new AbortController();
  const { signal } = impatient;
  const headers = credentialHeaders(simulator, STREAM);
  const refused = expect(fetch(listUrl(simulator, STREAM), { headers, signal })).rejects.toThrow('aborted');

  simulator.turn({ crescendo: { onRequest: (n) => (n === 2 ? impatient.abort() : undefined) } });
  const next = await ask(simulator, STREAM);

  await refused;
  expect(next.status).toBe(200);
});

test('random faults hit the same requests every time, about as many as asked', () => {
  const schedule = () => randomFaults({ seed: 4, share: 0.2, kinds: [{ kind: 'reset' }, { kind: 'html' }] });
  const request = { method: 'GET', path: '/', query: {}, at: 0 };
  const hits = Array.from({ length: 1000 }, (_, n) => schedule()(n, request)?.kind);

  expect(Array.from({ length: 1000 }, (_, n) => schedule()(n, request)?.kind)).toEqual(hits);
  expect(hits.filter((kind) => kind !== undefined).length).toBeGreaterThan(150);
  expect(hits.filter((kind) => kind !== undefined).length).toBeLessThan(250);
  expect(new Set(hits)).toEqual(new Set([undefined, 'reset', 'html']));
});

test('what was shown is remembered version by version, when asked', async () => {
  const simulator = await start({ rows: 30, remember: true });
  const world = simulator.world(STREAM);
  const key = [...world.current()].at(-1)?.key ?? '';

  await ask(simulator, STREAM);
  world.change(key, { CSat: 1 });
  await ask(simulator, STREAM);

  expect([...(world.shown().get(key) ?? [])].length).toBe(2);
  expect(
    world
      .shown()
      .get(key)
      ?.has(world.row(key)?.line ?? ''),
  ).toBe(true);
});

test('statistics count requests and hold no credential, and a reset forgets all but the knobs', async () => {
  const simulator = await start({ knobs: { crescendo: { order: 'newest-first' } } });
  simulator.world(STREAM).put({ ID: 'put', DatetimeUTC: '2026-01-31T11:00:00Z' });

  await ask(simulator, STREAM, { limit: '5', bearer_token: simulator.apiKey });
  const before = simulator.stats(STREAM);
  simulator.reset();

  expect(before).toMatchObject({ requests: 1, rejected: 0 });
  expect(before.lastRequests[0]).toMatchObject({ method: 'GET', query: { limit: '5' }, at: NOON });
  expect(JSON.stringify(before)).not.toContain(simulator.apiKey);
  expect(simulator.stats(STREAM)).toMatchObject({ requests: 0, lastRequests: [] });
  expect(simulator.world(STREAM).row('put')).toBeUndefined();
});

test('a simulator without generated rows serves only what was put', async () => {
  const simulator = await start({ rows: 0 });
  const text = '{"ID":"only","Datetime":1769856000000,"big":123456789012345678901234567890}';

  const empty = await ask(simulator, STREAM, { range: 'last_month' });
  simulator.world(STREAM).put(text);
  const one = await ask(simulator, STREAM, { range: 'last_month' });

  expect(rowsOf(empty)).toEqual([]);
  expect(one.text).toContain(`[${text}]`);
  expect(one.body?.['total']).toBe(1);
});

const errors = JSON.parse(readFileSync('test/fixtures/errors.json', 'utf8')) as Record<string, Record<string, object>>;

test.each([...streams.values()])("$stream's error bodies have the documented names", async ({ source, stream }) => {
  const statuses = [500, 502, 503, 429].filter((status) => errors[source]?.[status]);
  const faults = (n: number): Fault | undefined => {
    const status = statuses[n - 1];
    return status === undefined ? undefined : { kind: 'status', status };
  };
  const simulator = await start({ sources: [source], knobs: { [source]: { faults } } });

  const responses = [];
  for (const _ of statuses) responses.push(await ask(simulator, stream));

  expect(statuses).not.toEqual([]);
  expect(responses.map((response) => response.status)).toEqual(statuses);
  for (const response of responses) {
    expect(Object.keys(response.body ?? {})).toEqual(Object.keys(errors[source]?.[response.status] ?? {}));
  }
});
