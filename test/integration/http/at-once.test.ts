import { describe, expect, test } from 'vitest';
import { createAdaptiveSemaphore } from '../../../functions/http/rate/adaptive-semaphore.ts';
import { createRateLimiter } from '../../../functions/http/rate/rate-limiter.ts';
import { sources } from '../../../functions/sources/index.ts';
import { answer, fetchText, firstPage, jumpingClock, openHttp, page, type Reply, startVendor } from './http-fixture.ts';

const { elevenlabs } = sources;
const tooMany = answer(429, { detail: { status: 'too_many_concurrent_requests', message: 'Too many' } });
const busy = answer(429, { detail: { status: 'system_busy', message: 'Busy' } });

/** Bears so many requests at a time, each of which takes a while, and refuses the others. */
function bearing(most: number) {
  const counts = { inFlight: 0, refused: 0, most: 0 };
  const reply: Reply = (request, response) => {
    counts.inFlight += 1;
    response.on('close', () => {
      counts.inFlight -= 1;
    });
    if (counts.inFlight > most) {
      counts.refused += 1;
      tooMany(request, response);
      return;
    }
    counts.most = Math.max(counts.most, counts.inFlight);
    setTimeout(() => page(request, response), 4);
  };
  return { counts, reply };
}

describe('a vendor that bears few requests at once', () => {
  test('is asked for fewer, without a wait, and refuses few', async () => {
    const { counts, reply } = bearing(3);
    const { origin } = await startVendor(reply);
    const { http, sleeps } = openHttp(origin, { source: elevenlabs, concurrency: 12 });

    const texts = await Promise.all(Array.from({ length: 200 }, () => fetchText(http)));

    expect(texts).toHaveLength(200);
    expect(sleeps).toEqual([]);
    expect(counts.most).toBe(3);
    expect(counts.refused).toBeLessThan(12 + 6 + 200 / 10);
  });

  test('is asked for fewer by all streams of its credential', async () => {
    const { counts, reply } = bearing(2);
    const { origin } = await startVendor(reply);
    const { clock } = jumpingClock();
    const shared = {
      rateLimiter: createRateLimiter({ clock, random: () => 0.5, inFlightUnknown: 8 }),
      atOnce: createAdaptiveSemaphore(),
    };
    const [lists, details] = [1, 2].map(() => openHttp(origin, { source: elevenlabs, concurrency: 4, shared }).http);
    if (!lists || !details) throw new Error('two adapters were opened');

    await Promise.all(Array.from({ length: 100 }, (_, n) => fetchText(n % 2 === 0 ? lists : details)));

    expect(counts.refused).toBeLessThan(8 + 4 + 100 / 10);
  });

  test('and refuses one that is alone is waited for like one that is busy', async () => {
    const { origin, requests } = await startVendor(tooMany, tooMany, page);
    const { http, sleeps, events } = openHttp(origin, { source: elevenlabs });

    await fetchText(http);

    expect(requests).toHaveLength(3);
    expect(sleeps).toEqual([500, 500]);
    expect(events).toContainEqual({ event: 'waiting', waitMs: 500, reason: 'the vendor responded with 429' });
  });

  test('and names a wait is waited for, by all', async () => {
    const asked = answer(429, { detail: { code: 'concurrent_limit_exceeded' } }, { 'retry-after': '7' });
    const { origin } = await startVendor(asked, page);
    const { http, sleeps } = openHttp(origin, { source: elevenlabs, concurrency: 2 });

    await Promise.all([fetchText(http), fetchText(http)]);

    expect(sleeps).toContain(7000);
  });

  test('for ever ends the run as a vendor that stays busy', async () => {
    const { origin } = await startVendor(tooMany);
    const { http } = openHttp(origin, { source: elevenlabs, concurrency: 4 });

    const fetched = await Promise.allSettled(Array.from({ length: 4 }, () => fetchText(http)));

    for (const { status } of fetched) expect(status).toBe('rejected');
    await expect(fetchText(http)).rejects.toMatchObject({ code: 'vendor-wait' });
  });
});

describe('a vendor that is busy', () => {
  test('is left alone by all, and asked for as many at once as before', async () => {
    const { origin } = await startVendor(busy, page);
    const { http, sleeps } = openHttp(origin, { source: elevenlabs, concurrency: 2 });

    await Promise.all([fetchText(http), fetchText(http, { ...firstPage, state: 'second' })]);

    expect(sleeps).toContain(500);
  });
});

describe('ElevenLabs says that too many requests are in flight', () => {
  test.each([
    [{ detail: { status: 'too_many_concurrent_requests', message: 'm' } }, true],
    [{ detail: { type: 'rate_limit_error', code: 'concurrent_limit_exceeded', status: 'x' } }, true],
    [{ detail: { status: 'system_busy', message: 'm' } }, false],
    [{ detail: { code: 'rate_limit_exceeded' } }, false],
    [{ detail: [{ loc: [], msg: 'too_many_concurrent_requests' }] }, false],
    [{ detail: 'too_many_concurrent_requests' }, false],
    [null, false],
    [undefined, false],
  ])('with %j: %s', (body, said) => {
    expect(elevenlabs.tooManyAtOnce?.(body)).toBe(said);
  });
});
