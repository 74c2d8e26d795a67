import { describe, expect, test } from 'vitest';
import { answer, endlessClock, fetchText, firstPage, openHttp, page, type Reply, startVendor } from './http-fixture.ts';

const interrupted = { code: 'interrupted', recovery: 'stop-run' };

describe('an abort', () => {
  test('before the request sends nothing', async () => {
    const vendor = await startVendor(page);
    const { http } = openHttp(vendor.origin);

    await expect(fetchText(http, firstPage, AbortSignal.abort())).rejects.toMatchObject(interrupted);
    expect(vendor.requests).toHaveLength(0);
  });

  test('before the request does not even ask for the credential', async () => {
    let asked = 0;
    const { http } = openHttp('http://127.0.0.1:1', { credential: async () => `key-${++asked}` });

    await expect(fetchText(http, firstPage, AbortSignal.abort())).rejects.toMatchObject(interrupted);
    expect(asked).toBe(0);
  });

  test('while the credential is being fetched ends the request', async () => {
    const vendor = await startVendor(page);
    const asked = Promise.withResolvers<void>();
    const { http } = openHttp(vendor.origin, {
      credential: () => {
        asked.resolve();
        return new Promise(() => {});
      },
    });
    const caller = new AbortController();

    const failed = fetchText(http, firstPage, caller.signal);
    await asked.promise;
    caller.abort(new Error('enough'));

    await expect(failed).rejects.toMatchObject({ ...interrupted, cause: { message: 'enough' } });
  });

  test.each<[string, (seen: () => void) => Reply]>([
    ['before the headers', (seen) => () => seen()],
    ['within the body', (seen) => (_, r) => void r.write('{"data":[', seen)],
  ])('%s ends the request and its connection', async (_, replyThat) => {
    const seen = Promise.withResolvers<void>();
    const vendor = await startVendor(
      replyThat(() => setImmediate(seen.resolve)),
      page,
    );
    const { http } = openHttp(vendor.origin, { concurrency: 1 });
    const caller = new AbortController();

    const failed = fetchText(http, firstPage, caller.signal);
    await seen.promise;
    const closed = Promise.all(
      [...vendor.sockets].map((socket) => new Promise((resolve) => socket.on('close', resolve))),
    );
    caller.abort();

    await expect(failed).rejects.toMatchObject(interrupted);
    await closed;
    expect(await fetchText(http)).toBe('{"data":[]}'); // slot and budget are free again
  });

  test.each<[string, Reply]>([
    ['a wait that the vendor asked for', answer(429, {}, { 'retry-after': '60' })],
    ['a backoff', answer(500)],
  ])('during %s ends it', async (_, reply) => {
    const vendor = await startVendor(reply);
    const { clock, asleep } = endlessClock();
    const { http } = openHttp(vendor.origin, { clock });
    const caller = new AbortController();

    const failed = fetchText(http, firstPage, caller.signal);
    await asleep;
    caller.abort();

    await expect(failed).rejects.toMatchObject(interrupted);
    expect(vendor.requests).toHaveLength(1);
  });

  test('in the queue leaves the queue, and no slot is lost', async () => {
    const arrived = Promise.withResolvers<void>();
    let finish = () => {};
    const held: Reply = (_, r) => {
      finish = () => r.end('first');
      arrived.resolve();
    };
    const vendor = await startVendor(held, page);
    const { http } = openHttp(vendor.origin, { concurrency: 1 });
    const caller = new AbortController();

    const first = fetchText(http);
    await arrived.promise;
    const [second, third] = [fetchText(http, firstPage, caller.signal), fetchText(http)];
    setImmediate(() => caller.abort());

    await expect(second).rejects.toMatchObject(interrupted);
    finish();
    expect([await first, await third]).toEqual(['first', '{"data":[]}']);
    expect(vendor.requests).toHaveLength(2);
  });
});

describe('close', () => {
  test('ends what is under way and leaves no connection', async () => {
    const arrived = Promise.withResolvers<void>();
    const vendor = await startVendor(page, () => arrived.resolve());
    const { http } = openHttp(vendor.origin);
    await fetchText(http);

    const failed = fetchText(http);
    const expected = expect(failed).rejects.toMatchObject(interrupted);
    await arrived.promise;
    const closed = Promise.all(
      [...vendor.sockets].map((socket) => new Promise((resolve) => socket.on('close', resolve))),
    );
    await http.close();

    await expected;
    await closed;
    await expect(fetchText(http)).rejects.toMatchObject(interrupted);
  });
});
