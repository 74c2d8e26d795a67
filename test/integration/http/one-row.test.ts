import { describe, expect, test } from 'vitest';
import { ConvlakeError } from '../../../functions/engine/errors.ts';
import type { PageRequest } from '../../../functions/engine/source.ts';
import { answer, fetchText, jumpingClock, openHttp, page, type Reply, startVendor } from './http-fixture.ts';

const detail: PageRequest = {
  path: '/rows/conv_42/sentences',
  about: 'conv_42',
  query: {},
  state: 'conv_42',
  carriesCursor: false,
};
const reset: Reply = (request) => request.socket.resetAndDestroy();
const failing = (status: number): Reply => answer(status, { message: 'row conv_42 cannot be read' });
/** Says something else each time, as a message with a request's id does. */
const failingAnew = (status: number): Reply => {
  let times = 0;
  return (_, response) => {
    times += 1;
    response.writeHead(status).end(JSON.stringify({ message: `failure ${times}` }));
  };
};

describe('a request for one row', () => {
  test('goes to its own path under the base URL', async () => {
    const { origin, requests } = await startVendor(page);
    const { http } = openHttp(origin);

    await fetchText(http, detail);
    await fetchText(http, { ...detail, query: { page: '2' } });

    expect(requests.map(({ url }) => url)).toEqual([
      '/prefix/rows/conv_42/sentences',
      '/prefix/rows/conv_42/sentences?page=2',
    ]);
    expect(requests[0]?.headers.authorization).toBe('Bearer the-secret-key');
  });

  test('is not sent where its path leads elsewhere', async () => {
    const { origin, requests } = await startVendor(page);
    const { http } = openHttp(origin);

    const fetched = fetchText(http, { ...detail, path: '/rows/..%2F..%2Fkeys' });

    await expect(fetched).rejects.toMatchObject({ code: 'body-unexpected', recovery: 'retry' });
    expect(requests).toHaveLength(0);
  });

  test.each([
    ['alike', failing(500)],
    ['not alike', failingAnew(500)],
    ['of a gateway', failing(502)],
  ])('is given up after three failures that are %s, for this row alone', async (_, reply) => {
    const { origin, requests } = await startVendor(reply);
    const { http, sleeps } = openHttp(origin);

    await expect(fetchText(http, detail)).rejects.toMatchObject({ code: 'vendor-unavailable', recovery: 'retry' });
    expect(requests).toHaveLength(3);
    expect(sleeps).toEqual([250, 500]);
  });

  test.each([
    ['a failure', failing(502), { code: 'vendor-unavailable', status: 502 }],
    ['a vendor that asks to wait', answer(502, {}, { 'retry-after': '60' }), { code: 'vendor-wait' }],
  ])('ends with %s when there is no time left for another try', async (_, reply, error) => {
    const { origin, requests } = await startVendor(reply);
    const { http } = openHttp(origin, jumpingClock({ timeLeftMs: 200 }));

    await expect(fetchText(http, detail)).rejects.toMatchObject(error);
    expect(requests).toHaveLength(1);
  });

  test('is given up after three bodies that cannot be read', async () => {
    const { origin, requests } = await startVendor((_, response) => response.end('<html>'));
    const { http } = openHttp(origin);
    const refuse = () => {
      throw new ConvlakeError('body-unexpected', 'retry', 'not JSON');
    };

    const fetched = http.fetchPage(detail, new AbortController().signal, refuse);

    await expect(fetched).rejects.toMatchObject({ code: 'body-unexpected', recovery: 'retry' });
    expect(requests).toHaveLength(3);
  });

  test('is tried as often as a page where the way to the vendor is broken', async () => {
    const { origin, requests } = await startVendor(reset, reset, reset, reset, reset, page);
    const { http } = openHttp(origin);

    expect(await fetchText(http, detail)).toBe('{"data":[]}');
    expect(requests).toHaveLength(6);
  });

  test('is given up after three responses that do not come in time', async () => {
    const { origin, requests } = await startVendor(() => {});
    const { http } = openHttp(origin, { limits: { responseMs: 300 } });

    await expect(fetchText(http, detail)).rejects.toMatchObject({ code: 'vendor-unavailable' });
    expect(requests).toHaveLength(3);
  });

  test.each([429, 503])('waits for a vendor that is busy as long as a page does (%i)', async (status) => {
    const busy = Array<Reply>(10).fill(answer(status));
    const { origin, requests } = await startVendor(...busy, page);
    const { http } = openHttp(origin);

    expect(await fetchText(http, detail)).toBe('{"data":[]}');
    expect(requests).toHaveLength(11);
  });

  test.each([404, 403])('ends at once with %i, and the message does not name the row', async (status) => {
    const { origin, requests } = await startVendor(failing(status));
    const { http } = openHttp(origin);

    const error = await fetchText(http, detail).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ status, message: expect.stringContaining(`${status}: row […] cannot be read`) });
    expect(String(error)).not.toContain('conv_42');
    expect(requests).toHaveLength(1);
  });
});
