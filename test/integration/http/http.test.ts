import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ConvlakeError } from '../../../functions/engine/errors.ts';
import { answer, fetchText, firstPage, openHttp, page, type Reply, startVendor } from './http-fixture.ts';

describe('a request', () => {
  test('carries path, encoded query, credential and name', async () => {
    const vendor = await startVendor(page);
    const { http } = openHttp(vendor.origin);

    const query = { 'updated_at[gte]': '2026-01-01T00:00:00.5+02:00', cursor: 'a\r\nx-evil: 1 &=\u00e9\ud800' };
    await fetchText(http, { ...firstPage, query });

    const [request] = vendor.requests;
    expect(request?.method).toBe('GET');
    expect(request?.url).toBe(
      '/prefix/tenants/alpha/rows?updated_at%5Bgte%5D=2026-01-01T00%3A00%3A00.5%2B02%3A00&cursor=a%0D%0Ax-evil%3A%201%20%26%3D%C3%A9%EF%BF%BD',
    );
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer the-secret-key',
      'user-agent': 'convlake/1.2.3',
      'accept-encoding': 'gzip',
    });
    expect(request?.headers).not.toHaveProperty('x-evil');
  });

  test('goes to the root of a base URL without a prefix', async () => {
    const vendor = await startVendor(page);
    const { http } = openHttp(vendor.origin, { baseUrl: vendor.origin });

    await fetchText(http);

    expect(vendor.requests[0]?.url).toMatch(/^\/tenants\/alpha\/rows\?/);
  });

  test('uses connections again', async () => {
    const vendor = await startVendor(page);
    const { http } = openHttp(vendor.origin);

    for (const _ of Array(20)) await fetchText(http);

    expect(vendor.sockets.size).toBeLessThanOrEqual(4);
    expect(http.stats()).toEqual({ requests: 20, throttledMs: 0, vendorNow: expect.any(Number) });
  });

  test('waits for a slot while as many are in flight as may be', async () => {
    const open: (() => void)[] = [];
    let most = 0;
    const slow: Reply = (_, response) => {
      open.push(() => response.end('[]'));
      most = Math.max(most, open.length);
      if (open.length === 2) setImmediate(() => finishAll(open.splice(0)));
    };
    const vendor = await startVendor(page, slow);
    const { http } = openHttp(vendor.origin, { concurrency: 2 });
    await fetchText(http);

    await Promise.all([1, 2, 3, 4, 5, 6].map(() => fetchText(http)));

    expect(most).toBe(2);
    expect(vendor.sockets.size).toBe(2);
  });
});

describe('a body', () => {
  const text = JSON.stringify({ data: ['é', 'x'.repeat(300_000)] });

  test.each<[string, Reply]>([
    ['with its length announced', (_, r) => r.writeHead(200, { 'content-length': Buffer.byteLength(text) }).end(text)],
    ['in chunks', (_, r) => r.write(text.slice(0, 1000), () => r.end(text.slice(1000)))],
    ['gzipped', (_, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(text))],
    [
      'in several gzip members',
      (_, r) =>
        r
          .writeHead(200, { 'content-encoding': 'GZIP' })
          .end(Buffer.concat([gzipSync(text.slice(0, 9)), gzipSync(text.slice(9))])),
    ],
  ])('arrives whole %s', async (_, reply) => {
    const vendor = await startVendor(reply);
    const { http } = openHttp(vendor.origin);

    expect(await fetchText(http)).toBe(text);
  });

  test.each<[string, Reply]>([
    ['announced', (_, r) => r.writeHead(200, { 'content-length': 2000 }).write('[')],
    ['in chunks', (_, r) => r.write('x'.repeat(2000))],
    ['unpacked', (_, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(5_000_000)))],
  ])('fails at once when it is larger than the limit (%s)', async (_, reply) => {
    const vendor = await startVendor(reply);
    const { http } = openHttp(vendor.origin, { limits: { maxBytes: 1000 } });

    const failed = fetchText(http);

    await expect(failed).rejects.toMatchObject({ code: 'response-too-large', recovery: 'stop-stream' });
    expect(vendor.requests).toHaveLength(1);
  });

  test('may be exactly as large as the limit', async () => {
    const body = 'x'.repeat(1000);
    const zipped: Reply = (_, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(body));
    const vendor = await startVendor((_, r) => r.end(body), zipped);
    const { http } = openHttp(vendor.origin, { limits: { maxBytes: 1000 } });

    expect([await fetchText(http), await fetchText(http)]).toEqual([body, body]);
  });

  test.each(['br', 'deflate', 'zstd', 'gzip, br', 'identity, deflate'])(
    'fails in an encoding that was not asked for, which is named: %s',
    async (encoding) => {
      const vendor = await startVendor((_, r) => r.writeHead(200, { 'content-encoding': encoding }).end('x'));
      const { http } = openHttp(vendor.origin);

      const failed = fetchText(http);

      await expect(failed).rejects.toMatchObject({ code: 'body-unexpected', recovery: 'stop-stream' });
      await expect(failed).rejects.toThrow(/content-encoding (br|deflate|zstd),/);
    },
  );

  test.each(['utf-8', 'UTF-8', 'none', 'binary', 'application/json', 'identity', '', 'gzip', 'identity, gzip'])(
    'that is plain is read under the content-encoding %j',
    async (encoding) => {
      const vendor = await startVendor((_, r) => r.writeHead(200, { 'content-encoding': encoding }).end(text));
      const { http } = openHttp(vendor.origin);

      expect(await fetchText(http)).toBe(text);
    },
  );

  test.each<[string | undefined, (body: string) => Buffer]>([
    [undefined, (body) => gzipSync(body)],
    ['identity', (body) => gzipSync(body)],
    ['utf-8', (body) => gzipSync(body)],
    ['x-gzip', (body) => gzipSync(body)],
    ['identity, gzip', (body) => gzipSync(body)],
    ['gzip, gzip', (body) => gzipSync(gzipSync(body))],
    ['gzip, gzip', (body) => gzipSync(body)],
    ['gzip', (body) => gzipSync(gzipSync(body))],
  ])('that is gzip is unpacked under the content-encoding %j', async (encoding, pack) => {
    const headers = encoding === undefined ? {} : { 'content-encoding': encoding };
    const vendor = await startVendor((_, r) => r.writeHead(200, headers).end(pack(text)));
    const { http } = openHttp(vendor.origin);

    expect(await fetchText(http)).toBe(text);
  });

  test('that the reader finds unexpected is asked for again', async () => {
    const vendor = await startVendor((_, r) => r.end('<html>'), page);
    const { http, sleeps } = openHttp(vendor.origin);

    const body = await http.fetchPage(firstPage, new AbortController().signal, jsonOnly);

    expect(body).toEqual({ data: [] });
    expect(sleeps).toEqual([250]);
  });

  test('fails as the reader says when it stays unexpected, three times alike', async () => {
    const vendor = await startVendor((_, r) => r.end('<html>'));
    const { http } = openHttp(vendor.origin);

    const failed = http.fetchPage(firstPage, new AbortController().signal, jsonOnly);

    await expect(failed).rejects.toMatchObject({ code: 'body-unexpected', message: 'no JSON' });
    expect(vendor.requests).toHaveLength(3);
  });

  test("fails with the reader's own error, untouched and at once", async () => {
    const vendor = await startVendor(page);
    const { http } = openHttp(vendor.origin);
    const bug = new TypeError('a bug');

    const failed = http.fetchPage(firstPage, new AbortController().signal, () => {
      throw bug;
    });

    await expect(failed).rejects.toBe(bug);
    expect(vendor.requests).toHaveLength(1);
  });
});

describe('a redirect', () => {
  const to =
    (location: string, status = 302): Reply =>
    (_, r) =>
      r.writeHead(status, { location }).end('moved');

  test('within the origin is followed', async () => {
    const vendor = await startVendor(to('/new?x=1', 301), to('deeper', 307), page);
    const { http } = openHttp(vendor.origin);

    await fetchText(http);

    expect(vendor.requests.map((request) => request.url).slice(1)).toEqual(['/new?x=1', '/deeper']);
    expect(vendor.requests[2]?.headers.authorization).toBe('Bearer the-secret-key');
  });

  test('to another origin fails, and the credential does not go there', async () => {
    const elsewhere = await startVendor(page);
    const vendor = await startVendor(to(`${elsewhere.origin}/login?token=abc`));
    const { http } = openHttp(vendor.origin);

    const failed = await fetchText(http).catch((error: unknown) => error);

    expect(failed).toMatchObject({ code: 'redirect-refused', recovery: 'stop-stream' });
    expect(String(failed)).toContain(vendor.origin);
    expect(String(failed)).toContain(elsewhere.origin);
    expect(String(failed)).not.toMatch(/token|login|2026/);
    expect(elsewhere.requests).toHaveLength(0);
  });

  test.each(['https://', 'javascript:alert(1)'])('to %s fails', async (location) => {
    const vendor = await startVendor(to(location));
    const { http } = openHttp(vendor.origin);

    await expect(fetchText(http)).rejects.toMatchObject({ code: 'redirect-refused' });
  });

  test('in a circle fails after three', async () => {
    const vendor = await startVendor(to('/round'));
    const { http } = openHttp(vendor.origin);

    await expect(fetchText(http)).rejects.toMatchObject({ code: 'redirect-refused' });
    expect(vendor.requests).toHaveLength(4);
  });
});

describe('a connection that fails', () => {
  const withLimits = { limits: { headersMs: 30, bodyMs: 30, responseMs: 60_000 } };
  const text = '{"data":[1,2,3]}';

  test.each<[string, Reply]>([
    ['is reset before the headers', (_, r) => r.destroy()],
    ['is reset within the body', (_, r) => r.write('{"da', () => r.destroy())],
    [
      'ends before the announced length',
      (_, r) => r.writeHead(200, { 'content-length': 99 }).write('{', () => r.destroy()),
    ],
    ['sends no headers', () => {}],
    ['stops within the body', (_, r) => r.write('{"da')],
    [
      'cuts a gzip stream short',
      (_, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(text).subarray(0, 20)),
    ],
    ['sends damaged gzip', (_, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip')],
    ['speaks no HTTP', (_, r) => void r.socket?.end('HTTP/9 nonsense\r\n\r\n')],
  ])('because it %s is tried again', async (_, reply) => {
    const vendor = await startVendor(reply, (_, r) => r.end(text));
    const { http } = openHttp(vendor.origin, withLimits);

    expect(await fetchText(http)).toBe(text);
    expect(http.stats().requests).toBe(2);
  });

  test('because it drips for too long is tried again', async () => {
    const drip: Reply = async (_, response) => {
      while (!response.destroyed) {
        response.write(' ');
        await pause(5);
      }
    };
    const vendor = await startVendor(drip, page);
    const { http } = openHttp(vendor.origin, { limits: { responseMs: 50 } });

    expect(await fetchText(http)).toBe('{"data":[]}');
  });

  test('fails when the tries are used up, and names the last reason', async () => {
    const vendor = await startVendor((_, r) => r.destroy());
    const { http } = openHttp(vendor.origin);

    await expect(fetchText(http)).rejects.toThrow(
      /crescendo\.vocconv of tenant alpha: no page after 6 tries, .*(UND_ERR_SOCKET|ECONNRESET)/,
    );
    await expect(fetchText(http)).rejects.toMatchObject({ code: 'vendor-unavailable', recovery: 'retry' });
    expect(vendor.requests).toHaveLength(12);
  });

  test('fails when nobody listens', async () => {
    const { http } = openHttp('http://127.0.0.1:1');

    await expect(fetchText(http)).rejects.toMatchObject({
      code: 'vendor-unavailable',
      cause: { code: 'ECONNREFUSED' },
      message: expect.stringContaining('ended with ECONNREFUSED (nothing takes connections) at 127.0.0.1:1;'),
    });
  });
});

describe('the headers of a response', () => {
  const sized =
    (bytes: number): Reply =>
    (_, r) =>
      r.writeHead(200, { 'content-security-policy': 'x'.repeat(bytes) }).end('{"data":[]}');

  test.each([22_000, 64 * 1024])('may be large (%d bytes)', async (bytes) => {
    const vendor = await startVendor(sized(bytes));
    const { http } = openHttp(vendor.origin);

    expect(await fetchText(http)).toBe('{"data":[]}');
    expect(vendor.requests).toHaveLength(1);
  });

  test('fail when they are larger than any limit, which is said', async () => {
    const vendor = await startVendor(sized(100 * 1024));
    const { http } = openHttp(vendor.origin);

    await expect(fetchText(http)).rejects.toThrow(/UND_ERR_HEADERS_OVERFLOW \(its headers are larger/);
  });
});

describe('an interim response', () => {
  const interim =
    (...statuses: readonly string[]): Reply =>
    ({ socket }) => {
      const before = statuses.map((status) => `HTTP/1.1 ${status}\r\nlink: </a>\r\n\r\n`);
      socket.write(`${before.join('')}HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{"data":[]}`);
    };

  test.each([['102 Processing'], ['103 Early Hints'], ['102 Processing', '102 Processing', '103 Early Hints']])(
    'is borne: %s',
    async (...statuses) => {
      const vendor = await startVendor(interim(...statuses));
      const { http } = openHttp(vendor.origin);

      expect(await fetchText(http)).toBe('{"data":[]}');
      expect(vendor.requests).toHaveLength(1);
    },
  );

  test.each([
    ['100 (Continue)', '100 Continue'],
    ['101 (Switching Protocols)', '101 Switching Protocols'],
    ['101 (Switching Protocols)', '101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c'],
  ])('that cannot be read is named when the tries are used up: %s', async (name, status) => {
    const vendor = await startVendor(interim(status));
    const { http } = openHttp(vendor.origin);

    const failed = fetchText(http);

    await expect(failed).rejects.toMatchObject({ code: 'vendor-unavailable', recovery: 'retry' });
    await expect(failed).rejects.toThrow(`an interim response ${name}`);
    expect(vendor.requests).toHaveLength(6);
  });

  test('that cannot be read is tried again', async () => {
    const vendor = await startVendor(interim('101 Switching Protocols'), interim('100 Continue'), page);
    const { http } = openHttp(vendor.origin);

    expect(await fetchText(http)).toBe('{"data":[]}');
  });
});

function finishAll(replies: readonly (() => void)[]): void {
  for (const finish of replies) finish();
}

function jsonOnly(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch (cause) {
    throw new ConvlakeError('body-unexpected', 'stop-stream', 'no JSON', { cause });
  }
}

test('an answer of failure counts whatever the size of its body', async () => {
  const vendor = await startVendor((_, r) => r.writeHead(404).end('x'.repeat(1_000_000)), answer(200));
  const { http } = openHttp(vendor.origin);

  await expect(fetchText(http)).rejects.toMatchObject({ code: 'request-refused', status: 404 });
});
