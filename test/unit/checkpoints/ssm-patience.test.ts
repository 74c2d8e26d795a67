import { describe, expect, test } from 'vitest';
import { waitForSsm } from '../../../functions/checkpoints/ssm-patience.ts';

const named = (name: string) => Object.assign(new Error('Rate exceeded'), { name });

/** A caller with so much time, of a service that refuses the first calls. */
function world({ refusals = Number.POSITIVE_INFINITY, leftMs = 600_000, name = 'ThrottlingException' } = {}) {
  const waits: number[] = [];
  let calls = 0;
  const slept = () => waits.reduce((sum, ms) => sum + ms, 0);
  const call = waitForSsm({
    sleep: async (ms) => void waits.push(ms),
    random: () => 0.5,
    leftMs: () => leftMs - slept(),
  });
  const ask = async () => {
    if (++calls <= refusals) throw named(name);
    return 'served';
  };
  return { call, ask, waits, slept, calls: () => calls };
}

describe('a call of SSM that is throttled', () => {
  test('is made again, after waits that grow up to a bound', async () => {
    const { call, ask, waits } = world({ refusals: 7 });

    expect(await call(ask)).toBe('served');

    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
  });

  test('fails when the time that is left does not reach, and not before', async () => {
    const { call, ask, slept } = world({ leftMs: 60_000 });

    await expect(call(ask)).rejects.toThrow('Rate exceeded');

    expect(slept()).toBeGreaterThan(50_000);
    expect(slept()).toBeLessThanOrEqual(60_000);
  });

  test('fails in the end where nothing limits the time', async () => {
    const { call, ask, slept } = world({ leftMs: Number.POSITIVE_INFINITY });

    await expect(call(ask)).rejects.toThrow('Rate exceeded');

    expect(slept()).toBeLessThanOrEqual(900_000);
  });

  test('is not waited for long where little depends on it', async () => {
    const { call, ask, slept, calls } = world();

    await expect(call(ask, 'brief')).rejects.toThrow('Rate exceeded');

    expect(slept()).toBeLessThanOrEqual(5_000);
    expect(calls()).toBeGreaterThan(2);
  });

  test.each(['ThrottlingException', 'TooManyUpdates', 'RequestLimitExceeded', 'TooManyRequestsException'])(
    'is known by the name %s',
    async (name) => {
      const { call, ask } = world({ refusals: 1, name });

      expect(await call(ask)).toBe('served');
    },
  );
});

test.each(['AccessDeniedException', 'InternalServerError', 'ParameterNotFound'])(
  'a call of SSM that fails with %s is not waited for',
  async (name) => {
    const { call, ask, calls } = world({ name });

    await expect(call(ask)).rejects.toThrow();

    expect(calls()).toBe(1);
  },
);
