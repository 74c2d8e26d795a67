import { describe, expect, test } from 'vitest';
import type { PageRequest } from '../../../functions/engine/source.ts';
import { answer, fetchText, firstPage, jumpingClock, openHttp, page, type Reply, startVendor } from './http-fixture.ts';

const withCursor: PageRequest = { query: { cursor: 'c2VjcmV0+cursor=' }, state: 'c2', carriesCursor: true };

describe('a refusal', () => {
  test.each([400, 402, 404, 405, 409, 410, 414, 422, 304, 300])(
    'with %i fails with the words of the vendor',
    async (status) => {
      const vendor = await startVendor(answer(status, status === 304 ? undefined : { message: 'limit is too large' }));
      const { http } = openHttp(vendor.origin);

      const failed = fetchText(http);

      await expect(failed).rejects.toMatchObject({ code: 'request-refused', recovery: 'stop-stream', status });
      await expect(failed).rejects.toThrow(status === 304 ? /304/ : `(${status}: limit is too large)`);
      expect(vendor.requests).toHaveLength(1);
    },
  );

  test.each([400, 404, 410, 422])('of a cursor with %i fails so that the walk can begin again', async (status) => {
    const vendor = await startVendor(answer(status, { message: 'cursor c2VjcmV0+cursor= has expired' }));
    const { http } = openHttp(vendor.origin);

    const failed = fetchText(http, withCursor);

    await expect(failed).rejects.toMatchObject({ code: 'cursor-refused', recovery: 'retry', status });
    await expect(failed).rejects.toThrow('cursor […] has expired');
  });

  test('of a request with a cursor for another reason is no refusal of the cursor', async () => {
    const vendor = await startVendor(answer(405));
    const { http } = openHttp(vendor.origin);

    await expect(fetchText(http, withCursor)).rejects.toMatchObject({ code: 'request-refused' });
  });

  test('shows neither credential nor query, is printable and short', async () => {
    const url = '?from=2026-01-01T00%3A00%3A00%2B02%3A00&limit=5';
    const message = `bad\r\nkey the-secret-key at ${url} \u001b[31m ${'part-of-a-token'.repeat(4)} ${'word '.repeat(99)}`;
    const vendor = await startVendor(answer(400, { message }));
    const { http } = openHttp(vendor.origin);

    const text = String(await fetchText(http).catch((error: unknown) => error));

    expect(text).toMatch(/\(400: bad key \[…\] at \?\[…\] \[31m \[…\] word word .*…\)/);
    expect(text).not.toMatch(/the-secret-key|2026|part-of|\p{Cc}/u);
    expect(text.length).toBeLessThan(400);
  });
});

describe('a credential', () => {
  test.each([401, 403])('that is refused with %i fails and is named, not shown', async (status) => {
    const vendor = await startVendor(answer(status, { message: 'no, the-secret-key is not good' }));
    const { http } = openHttp(vendor.origin);

    const failed = fetchText(http);

    await expect(failed).rejects.toMatchObject({ code: 'credential-refused', recovery: 'stop-stream', status });
    await expect(failed).rejects.toThrow(
      `tenant alpha: the credential env:API_KEY was refused (${status}: no, […] is not good)`,
    );
    expect(vendor.requests).toHaveLength(1);
  });

  test('that changed meanwhile is tried once', async () => {
    const vendor = await startVendor(answer(401), page);
    const asked: boolean[] = [];
    const credential = async ({ refresh }: { refresh: boolean }) => {
      asked.push(refresh);
      return refresh ? 'new-key' : 'old-key';
    };
    const { http } = openHttp(vendor.origin, { credential });

    await fetchText(http);

    expect(vendor.requests.map((request) => request.headers.authorization)).toEqual([
      'Bearer old-key',
      'Bearer new-key',
    ]);
    expect(asked).toEqual([false, true]);
  });

  test('that is refused after it changed fails', async () => {
    const vendor = await startVendor(answer(401));
    let count = 0;
    const { http } = openHttp(vendor.origin, { credential: async () => `key-${++count}` });

    await expect(fetchText(http)).rejects.toMatchObject({ code: 'credential-refused' });
    expect(vendor.requests).toHaveLength(2);
  });

  test('is asked for before each try, because it may expire during a wait', async () => {
    const vendor = await startVendor(answer(429, {}, { 'retry-after': '7200' }), page);
    let count = 0;
    const { http } = openHttp(vendor.origin, { credential: async () => `key-${++count}` });

    await fetchText(http);

    expect(vendor.requests.map((request) => request.headers.authorization)).toEqual(['Bearer key-1', 'Bearer key-2']);
  });

  test.each([
    ['credential-refused', 'good\r\nx-evil: 1'],
    ['credential-refused', 'good\n'],
    ['credential-refused', ' good'],
    ['credential-refused', 'good\u20ac'],
    ['credential-refused', 'go\u0000od'],
    ['credential-missing', ''],
  ])('fails with %s before any request when it cannot be sent: %j', async (code, value) => {
    const vendor = await startVendor(page);
    const { http } = openHttp(vendor.origin, { credential: async () => value });

    const failed = await fetchText(http).catch((error: unknown) => error);

    expect(failed).toMatchObject({ code, recovery: 'stop-stream' });
    expect(String(failed)).toContain('env:API_KEY');
    expect(String(failed)).not.toContain('go');
    expect(vendor.requests).toHaveLength(0);
  });
});

describe('a 429 or 503', () => {
  test.each([429, 503])('(%i) waits for as long as the vendor says, and says so', async (status) => {
    const vendor = await startVendor(answer(status, {}, { 'retry-after': '120' }), page);
    const { clock, sleeps } = jumpingClock();
    const { http, events } = openHttp(vendor.origin, { clock });

    await fetchText(http);

    expect(sleeps).toEqual([120_000]);
    expect(events).toEqual([{ event: 'waiting', waitMs: 120_000, reason: `the vendor responded with ${status}` }]);
    expect(http.stats().throttledMs).toBe(120_000);
  });

  test('waits until the date that the vendor names', async () => {
    const { clock, sleeps } = jumpingClock({ now: Date.UTC(2026, 0, 1) });
    const date = 'Thu, 01 Jan 2026 00:00:00 GMT';
    const vendor = await startVendor(answer(429, {}, { 'retry-after': 'Thu, 01 Jan 2026 00:00:40 GMT', date }), page);
    const { http } = openHttp(vendor.origin, { clock });

    await fetchText(http);

    expect(sleeps).toEqual([40_000]);
  });

  test('waits for the reset of the budget where that is all the vendor says', async () => {
    const { clock, sleeps } = jumpingClock({ now: 1_000_000 });
    const vendor = await startVendor(answer(429, {}, { 'x-reset': '1030' }), page);
    const budget = (headers: Readonly<Record<string, string>>) =>
      headers['x-reset'] ? { remaining: 0, limit: 10, resetsAt: Number(headers['x-reset']) * 1000 } : undefined;
    const { http } = openHttp(vendor.origin, { clock, source: { budget, errorMessage: () => undefined } });

    await fetchText(http);

    expect(sleeps).toEqual([30_000]);
  });

  test('may come back without end as long as a wait is named', async () => {
    const busy = answer(429, {}, { 'retry-after': '1' });
    const vendor = await startVendor(...Array(20).fill(busy), page);
    const { clock, sleeps } = jumpingClock();
    const { http } = openHttp(vendor.origin, { clock });

    await fetchText(http);

    expect(sleeps).toEqual(Array(20).fill(1000));
  });

  test.each([429, 503])(
    '(%i) waits for five minutes where the wait that it names is not understood',
    async (status) => {
      const vendor = await startVendor(answer(status, {}, { 'retry-after': 'soon' }), page);
      const { clock, sleeps } = jumpingClock();
      const { http } = openHttp(vendor.origin, { clock });

      await fetchText(http);

      expect(sleeps).toEqual([300_000]);
    },
  );

  test.each<[number, string | undefined]>([
    [429, undefined],
    [429, '0'],
    [429, '-3'],
    [503, undefined],
  ])(
    '(%i, Retry-After %j) without a wait is borne for minutes, and asked again with growing waits',
    async (status, wait) => {
      const vendor = await startVendor(
        ...Array(12).fill(answer(status, {}, wait ? { 'retry-after': wait } : {})),
        page,
      );
      const { clock, sleeps } = jumpingClock();
      const { http } = openHttp(vendor.origin, { clock });

      await fetchText(http);

      expect(sleeps).toEqual([500, 500, 1000, 2000, 4000, 8000, ...Array(6).fill(15_000)]);
    },
  );

  test.each([0, 0.1, 0.999])(
    'without a wait is borne for more than a minute, whatever the dice say (%d)',
    async (dice) => {
      const { clock } = jumpingClock();
      const began = clock.now();
      const busy = answer(429);
      const vendor = await startVendor((request, response) =>
        (clock.now() < began + 65_000 ? busy : page)(request, response),
      );
      const { http } = openHttp(vendor.origin, { clock, random: () => dice });

      expect(await fetchText(http)).toBe('{"data":[]}');
    },
  );

  test.each([429, 503])(
    "(%i) without a wait ends the run as the vendor's after a quarter of an hour",
    async (status) => {
      const vendor = await startVendor(answer(status));
      const { clock, sleeps } = jumpingClock();
      const { http } = openHttp(vendor.origin, { clock });

      const failed = fetchText(http);

      await expect(failed).rejects.toMatchObject({ code: 'vendor-wait', recovery: 'stop-run', status });
      await expect(failed).rejects.toThrow(`the vendor responded with ${status} and no wait for 900 s`);
      const waited = sleeps.reduce((sum, ms) => sum + ms, 0);
      expect(waited).toBeGreaterThan(14 * 60_000);
      expect(waited).toBeLessThanOrEqual(15 * 60_000);
    },
  );

  test("without a wait ends the run as the vendor's where its time does not reach", async () => {
    const vendor = await startVendor(answer(429));
    const { clock, sleeps } = jumpingClock({ timeLeftMs: 3000 });
    const { http } = openHttp(vendor.origin, { clock });

    await expect(fetchText(http)).rejects.toMatchObject({ code: 'vendor-wait', recovery: 'stop-run' });
    expect(sleeps).toEqual([500, 500, 1000, 2000]);
  });

  test('counts no other failure among the tries', async () => {
    const vendor = await startVendor(
      ...Array(9)
        .fill([answer(429), answer(502)])
        .flat()
        .slice(0, 10),
      page,
    );
    const { http } = openHttp(vendor.origin);

    expect(await fetchText(http)).toBe('{"data":[]}');
  });

  test('fails at once when the wait outlasts the run', async () => {
    const vendor = await startVendor(answer(429, {}, { 'retry-after': '120' }));
    const { clock, sleeps } = jumpingClock({ timeLeftMs: 120_000 });
    const { http } = openHttp(vendor.origin, { clock });

    const failed = fetchText(http);

    await expect(failed).rejects.toMatchObject({ code: 'vendor-wait', recovery: 'stop-run' });
    await expect(failed).rejects.toThrow(/responded with 429.* 120 s .* 90 s left/);
    expect(sleeps).toEqual([]);
  });

  test('fails once there was no page for as long as it has patience, however short the waits are', async () => {
    const vendor = await startVendor(answer(429, {}, { 'retry-after': '60' }));
    const { clock, sleeps } = jumpingClock();
    const { http } = openHttp(vendor.origin, { clock, patienceMs: 15 * 60_000 });

    await expect(fetchText(http)).rejects.toMatchObject({ code: 'vendor-wait', recovery: 'stop-run' });
    expect(sleeps).toEqual(Array(14).fill(60_000));
  });

  test('is borne for longer where pages come in between', async () => {
    const busy = answer(429, {}, { 'retry-after': '600' });
    const vendor = await startVendor(busy, page, busy, page, busy, page);
    const { clock, sleeps } = jumpingClock();
    const { http } = openHttp(vendor.origin, { clock, patienceMs: 15 * 60_000 });

    for (let pages = 0; pages < 3; pages++) expect(await fetchText(http)).toBe('{"data":[]}');
    expect(sleeps).toEqual([600_000, 600_000, 600_000]);
  });

  test('fails rather than wait for longer than a timer can', async () => {
    const vendor = await startVendor(answer(503, {}, { 'retry-after': '99999999999' }));
    const { http, sleeps } = openHttp(vendor.origin);

    await expect(fetchText(http)).rejects.toMatchObject({ code: 'vendor-wait' });
    expect(sleeps).toEqual([]);
  });

  test('holds back every request of the credential, and is announced once', async () => {
    const busy = answer(429, {}, { 'retry-after': '9' });
    const vendor = await startVendor(page, busy, busy, busy, page);
    const { clock, sleeps } = clockThatJumpsWhenAsleep(3);
    const { http, events } = openHttp(vendor.origin, { clock });
    await fetchText(http);

    await Promise.all([fetchText(http), fetchText(http), fetchText(http)]);

    expect(vendor.requests).toHaveLength(7);
    expect(sleeps).toEqual([9000, 9000, 9000]);
    expect(events).toHaveLength(1);
    expect(http.stats().throttledMs).toBe(9000);
  });
});

/** A clock on which nobody wakes before `count` are asleep. */
function clockThatJumpsWhenAsleep(count: number) {
  const { clock, sleeps } = jumpingClock();
  const all = Promise.withResolvers<void>();
  const sleep = async (ms: number) => {
    sleeps.push(ms);
    if (sleeps.length === count) all.resolve();
    await all.promise;
  };
  return { clock: { ...clock, sleep }, sleeps };
}

describe('a refusal whose body cannot be read', () => {
  const unreadable: readonly [string, string, string?][] = [
    ['is not in the coding that it says', 'content-encoding: gzip\r\ncontent-length: 2\r\nconnection: close\r\n', 'no'],
    [
      'is in a coding that was not asked for',
      'content-encoding: br\r\ncontent-length: 2\r\nconnection: close\r\n',
      '{}',
    ],
    ['is cut', 'content-length: 200\r\nconnection: close\r\n', '{"e'],
    ['never ends', 'content-length: 200\r\n', '{"e'],
    ['never begins', 'content-length: 200\r\n'],
    ['is chunked wrongly', 'transfer-encoding: chunked\r\n', 'zz\r\n'],
    ['is too large', 'content-length: 900000\r\n', '{"e'],
  ];
  const limits = { refusalBodyMs: 50 };
  const raw =
    (status: number, headers: string, body = ''): Reply =>
    ({ socket }) => {
      socket.write(`HTTP/1.1 ${status} X\r\n${headers}\r\n${body}`);
      if (headers.includes('close')) socket.end();
    };

  test.each(unreadable)('because it %s waits as its headers say', async (_, headers, body) => {
    const vendor = await startVendor(raw(429, `retry-after: 120\r\n${headers}`, body), page);
    const { clock, sleeps } = jumpingClock();
    const { http } = openHttp(vendor.origin, { clock, limits });

    expect(await fetchText(http)).toBe('{"data":[]}');
    expect(sleeps).toEqual([120_000]);
  });

  test.each(unreadable)('because it %s is what its status says', async (_, headers, body) => {
    const vendor = await startVendor(raw(401, headers, body), raw(400, headers, body), raw(404, headers, body));
    const { http } = openHttp(vendor.origin, { limits });

    await expect(fetchText(http)).rejects.toMatchObject({ code: 'credential-refused', status: 401 });
    await expect(fetchText(http, withCursor)).rejects.toMatchObject({ code: 'cursor-refused', status: 400 });
    await expect(fetchText(http)).rejects.toMatchObject({ code: 'request-refused', status: 404 });
    expect(vendor.requests).toHaveLength(3);
  });

  test.each(unreadable)('because it %s may still be a redirect', async (_, headers, body) => {
    const vendor = await startVendor(raw(302, `location: /new\r\n${headers}`, body), page);
    const { http } = openHttp(vendor.origin, { limits });

    expect(await fetchText(http)).toBe('{"data":[]}');
    expect(vendor.requests[1]?.url).toBe('/new');
  });

  test('proves nothing by being alike', async () => {
    const vendor = await startVendor(...Array(4).fill(raw(500, 'content-length: 9\r\nconnection: close\r\n')), page);
    const { http } = openHttp(vendor.origin, { limits });

    expect(await fetchText(http)).toBe('{"data":[]}');
  });

  test('counts though the time for the whole response is up', async () => {
    const vendor = await startVendor(raw(429, 'retry-after: 120\r\ncontent-length: 200\r\n'), page);
    const { clock, sleeps } = jumpingClock();
    const { http } = openHttp(vendor.origin, { clock, limits: { responseMs: 50 } });

    await fetchText(http);

    expect(sleeps).toEqual([120_000]);
  });

  test('is left at once when the run is interrupted', async () => {
    const begun = Promise.withResolvers<void>();
    const vendor = await startVendor((request, response) => {
      raw(429, 'retry-after: 120\r\ncontent-length: 200\r\n')(request, response);
      setTimeout(begun.resolve, 20);
    });
    const caller = new AbortController();
    const { http, sleeps } = openHttp(vendor.origin);

    const failed = fetchText(http, firstPage, caller.signal);
    await begun.promise;
    caller.abort();

    await expect(failed).rejects.toMatchObject({ code: 'interrupted' });
    expect(sleeps).toEqual([]);
  });
});

describe('a 5xx', () => {
  test('with a Retry-After is not asked again before, and counts as a try all the same', async () => {
    const vendor = await startVendor(answer(502, {}, { 'retry-after': '90' }));
    const { clock, sleeps } = jumpingClock();
    const { http } = openHttp(vendor.origin, { clock });

    await expect(fetchText(http)).rejects.toMatchObject({ code: 'vendor-unavailable', status: 502 });
    expect(sleeps).toEqual(Array(5).fill(90_000));
  });

  test.each([408, 500, 502, 504, 520])('(%i) is tried again with growing waits', async (status) => {
    const vendor = await startVendor(answer(status), answer(status), page);
    const { clock, sleeps } = jumpingClock();
    const { http, events } = openHttp(vendor.origin, { clock });

    await fetchText(http);

    expect(sleeps).toEqual([250, 500]);
    expect(events[1]).toEqual({ event: 'waiting', waitMs: 500, reason: `try 2 of 6 ended with ${status}` });
    expect(http.stats().throttledMs).toBe(0);
  });

  test('fails after three answers alike, with a hint at the request', async () => {
    const vendor = await startVendor(answer(500, { message: 'Internal Server Error' }));
    const { http } = openHttp(vendor.origin);

    const failed = fetchText(http);

    await expect(failed).rejects.toMatchObject({ code: 'vendor-unavailable', recovery: 'stop-stream', status: 500 });
    await expect(failed).rejects.toThrow(/3 times in a row .*500: Internal Server Error; .*malformed parameter/);
    expect(vendor.requests).toHaveLength(3);
  });

  test.each([
    ['answers differ', [500, 501, 500, 501, 500, 501].map((status) => answer(status))],
    ['a gateway says so', [answer(502)]],
    ['bodies differ', [1, 2, 3, 4, 5, 6].map((id) => answer(500, { id }))],
  ])('fails after six tries when %s', async (_, replies) => {
    const vendor = await startVendor(...replies);
    const { http } = openHttp(vendor.origin);

    await expect(fetchText(http)).rejects.toMatchObject({ code: 'vendor-unavailable', recovery: 'retry' });
    expect(vendor.requests).toHaveLength(6);
  });

  test('fails as a wait when the run ends before the next try', async () => {
    const vendor = await startVendor(answer(500));
    const { clock, sleeps } = jumpingClock({ timeLeftMs: 250 });
    const { http } = openHttp(vendor.origin, { clock });

    await expect(fetchText(http)).rejects.toMatchObject({ code: 'vendor-wait', recovery: 'stop-run' });
    expect(sleeps).toEqual([]);
  });
});
