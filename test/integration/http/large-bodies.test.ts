import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type ByteBudget, createByteBudget } from '../../../functions/http/transport/byte-budget.ts';
import { BODIES_BYTES } from '../../../functions/http/transport/limits.ts';
import { openHttp, type Reply, startVendor } from './http-fixture.ts';

const MB = 1024 * 1024;

/** A budget that keeps account of what all of its bodies hold, as they say themselves. */
function watched(budget: ByteBudget) {
  const seen = { held: 0, most: 0 };
  const open: ByteBudget['open'] = () => {
    const memory = budget.open();
    let own = 0;
    const hold = (bytes: number) => {
      seen.held += bytes - own;
      own = bytes;
      seen.most = Math.max(seen.most, seen.held);
    };
    return {
      async take(bytes, signal) {
        await memory.take(bytes, signal);
        hold(own + bytes);
      },
      settle(bytes) {
        memory.settle(bytes);
        hold(bytes);
      },
      release() {
        hold(0);
        memory.release();
      },
    };
  };
  return { bodies: { open }, seen };
}

test.each(['identity', 'gzip'])(
  'of twenty bodies of 5 MB and one of 40 MB no more than 64 MB is held at once (%s)',
  async (coding) => {
    const sizes = Array.from({ length: 21 }, (_, i) => (i === 7 ? 40 * MB : 5 * MB));
    const text = Buffer.from(JSON.stringify('x'.repeat(40 * MB - 2)));
    let left = sizes.length;
    const responses: (() => void)[] = [];
    // None is served before all of them are asked for; a vendor with a budget would be asked for one alone first.
    const reply: Reply = (request, response) => {
      const bytes = Number(new URL(request.url ?? '', 'http://vendor').searchParams.get('bytes'));
      const plain = Buffer.concat([text.subarray(0, bytes - 1), Buffer.from('"')]);
      const body = coding === 'gzip' ? gzipSync(plain, { level: 1 }) : plain;
      responses.push(() =>
        response.writeHead(200, { 'content-encoding': coding, 'content-length': body.length }).end(body),
      );
      if (--left === 0) for (const respond of responses) respond();
    };
    const { origin } = await startVendor(reply);
    const { bodies, seen } = watched(createByteBudget(BODIES_BYTES));
    const { http } = openHttp(origin, { bodies, concurrency: sizes.length, source: { errorMessage: () => undefined } });
    const { signal } = new AbortController();

    const read = await Promise.all(
      sizes.map((bytes, i) => {
        const request = { query: { bytes: String(bytes) }, about: `${i}`, state: `${i}`, carriesCursor: false };
        return http.fetchPage(request, signal, (body) => body.length);
      }),
    );

    expect(read).toEqual(sizes);
    expect(seen.most).toBeGreaterThan(BODIES_BYTES / 2);
    expect(seen.most).toBeLessThanOrEqual(BODIES_BYTES);
    expect(seen.held).toBe(0);
  },
);
