import { describe, expect, test } from 'vitest';
import type { BackfillLeft, BackfillSpan } from '../../../contract/backfill.ts';
import type { ConfigurationInput } from '../../../contract/configuration/define-config.ts';
import { HOUR_MS, MINUTE_MS } from '../../support/durations.ts';
import { streamOf } from '../support/stack-of.ts';
import { type Answer, deploy, done, LAKE, named } from './backfill-fixture.ts';

const allStreams = ['crescendo.vocconv', 'crescendo.botconv', 'salesloft.conversations'] as const;
const twoDays = { from: '2026-03-30T00:00:00Z', to: '2026-04-01T00:00:00Z' };
const oneDay = { from: '2026-03-30T00:00:00Z', to: '2026-03-31T00:00:00Z' };

/** Three streams of a tenant and so of a credential each, with concurrencies of 3, 2 and 1. */
function configured(): ConfigurationInput['streams'] {
  return allStreams.map((stream, n) => streamOf({ stream, tenant: `tenant-${n}`, concurrency: 3 - n }));
}

/** Reads ten hours of a span, and finds that half the window fits. */
function tenHours(span: BackfillSpan): BackfillLeft {
  const from = Math.min(Date.parse(span.from) + 10 * HOUR_MS, Date.parse(span.to));
  const left = { ...span, from: new Date(from).toISOString() };
  return { ...left, windowMs: span.windowMs / 2, done: left.from === span.to };
}

/** Spans of a tenant fail; all others are read. */
function failing(tenant: string, error: string): Answer {
  return (span) => {
    if (span.tenant === tenant) throw named(error, 'the key is refused');
    return done(span);
  };
}

describe('a backfill', () => {
  test('reads every day of every stream by the function of its source, again from where it ended until nothing is left', async () => {
    const { execution, reads } = await deploy(configured())({ ...twoDays, to: '2026-04-01T12:00:00Z' }, tenHours);

    expect(execution.output).toEqual({ spans: 9 });
    const asked = reads.map(({ functionName, stream, tenant, from, to }) =>
      [functionName, stream, tenant, from.slice(0, 13), to.slice(0, 13)].join(' '),
    );
    const expected = [
      'convlake-dev-crescendo crescendo.vocconv tenant-0',
      'convlake-dev-crescendo crescendo.botconv tenant-1',
      'convlake-dev-salesloft salesloft.conversations tenant-2',
    ].flatMap((of) => [
      ...['30', '31'].flatMap((day) => {
        const to = day === '30' ? '2026-03-31T00' : '2026-04-01T00';
        return ['00', '10', '20'].map((hour) => `${of} 2026-03-${day}T${hour} ${to}`);
      }),
      ...['00', '10'].map((hour) => `${of} 2026-04-01T${hour} 2026-04-01T12`),
    ]);
    expect(asked.toSorted()).toEqual(expected.toSorted());
  });

  test('asks for what is left with the window that the last read found to fit, and for the lake that it was planned for', async () => {
    const { reads } = await deploy([streamOf({ window: '8 hours' })])(oneDay, tenHours);

    expect(reads.map(({ windowMs }) => windowMs / HOUR_MS)).toEqual([8, 4, 2]);
    expect(reads.map(({ lake }) => lake)).toEqual([LAKE, LAKE, LAKE]);
  });

  test('has details fetched again where it says so, until their span is read, and nothing of lists', async () => {
    const streams = [
      streamOf({ stream: 'elevenlabs.conversations', concurrency: 1 }),
      streamOf({ stream: 'elevenlabs.transcripts', concurrency: 1 }),
    ];
    const again = await deploy(streams)({ ...oneDay, refetch: true }, tenHours);
    const usual = await deploy(streams)(oneDay, tenHours);
    const told = ({ reads }: typeof again) => reads.map(({ stream, refetch }) => `${stream} ${refetch}`).toSorted();

    const lists = Array.from({ length: 3 }, () => 'elevenlabs.conversations false');
    expect(told(again)).toEqual([...lists, ...Array.from({ length: 3 }, () => 'elevenlabs.transcripts true')]);
    expect(told(usual)).toEqual([...lists, ...Array.from({ length: 3 }, () => 'elevenlabs.transcripts false')]);
  });

  test('reads only what is asked for', async () => {
    const request = { ...oneDay, to: '2026-03-30T00:00:01Z', streams: ['crescendo.botconv'] as const };
    const { execution, reads } = await deploy(configured())(request);

    // A list of one is still a list: JSONata likes to make it its only element.
    expect(execution.output).toEqual({ spans: 1 });
    expect(reads).toMatchObject([{ stream: 'crescendo.botconv', to: '2026-03-30T00:00:01.000Z' }]);
  });

  test.each([
    [{ ...oneDay, to: oneDay.from }, /from is not before to/],
    [{ ...oneDay, to: '2027-01-01T00:00:00Z' }, /to lies in the future/],
    [{ ...oneDay, tenants: ['nobody'] }, /tenants are not all configured/],
  ])('fails before anything is read when asked for %j', async (request, message) => {
    const { execution, reads } = await deploy(configured())(request);

    expect(execution.failure).toMatchObject({
      name: 'ConvlakeError:configuration-invalid',
      message: expect.stringMatching(message),
    });
    expect(reads).toEqual([]);
  });
});

describe('how much is read at the same time', () => {
  /** The most invocations at the same time, of each stream and of all. */
  async function mostOf(streams: ConfigurationInput['streams']): Promise<Record<string, number>> {
    const underWay = new Map<string, number>();
    const most: Record<string, number> = {};
    const add = (name: string, by: number) => {
      underWay.set(name, (underWay.get(name) ?? 0) + by);
      most[name] = Math.max(most[name] ?? 0, underWay.get(name) ?? 0);
    };
    await deploy(streams)({ from: '2026-03-01T00:00:00Z', to: '2026-03-11T00:00:00Z' }, async (span, _, clock) => {
      for (const name of [span.stream, 'all']) add(name, 1);
      await clock.sleep(MINUTE_MS);
      for (const name of [span.stream, 'all']) add(name, -1);
      return done(span);
    });
    return most;
  }

  test('is the concurrency of each stream, whatever that of the others is', async () => {
    expect(await mostOf(configured())).toEqual({
      'crescendo.vocconv': 3,
      'crescendo.botconv': 2,
      'salesloft.conversations': 1,
      all: 6,
    });
  });

  test('is that of one stream at a time where a credential is shared', async () => {
    const shared = configured().map((stream) => ({ ...stream, credential: 'secret:shared' }));

    expect(await mostOf(shared.slice(0, 2))).toEqual({ 'crescendo.vocconv': 3, 'crescendo.botconv': 2, all: 3 });
    // Vendors do not share budgets.
    expect(await mostOf(shared.slice(1))).toMatchObject({ all: 3 });
  });

  test('is no more credentials than the request says', async () => {
    let [underWay, most] = [0, 0];
    await deploy(configured())({ ...twoDays, maxConcurrency: 1 }, async (span, _, clock) => {
      most = Math.max(most, ++underWay);
      await clock.sleep(MINUTE_MS);
      underWay--;
      return done(span);
    });

    expect(most).toBe(2); // two days of the first stream
  });
});

describe('failures', () => {
  test('of one read are tried again, and it goes on from what was left', async () => {
    const { execution, reads } = await deploy([streamOf()])(oneDay, (span, read) => {
      if (read === 2) throw named('ConvlakeError:lake-unavailable');
      if (read === 4) throw named('Lambda.ServiceException');
      return tenHours(span);
    });

    expect(execution.output).toEqual({ spans: 1 });
    expect(reads.map(({ from }) => from.slice(11, 13))).toEqual(['00', '10', '10', '20', '20']);
  });

  test('of one item for ever, with another throttled for ten minutes, end no other; the execution ends with the list, and its redrive reads what is in it', async () => {
    const answer: Answer = (span, _, clock) => {
      if (span.tenant === 'tenant-1') throw named('ConvlakeError:vendor-unavailable', 'the vendor is down');
      if (span.tenant === 'tenant-2' && clock.now() < 10 * MINUTE_MS) throw named('Lambda.TooManyRequestsException');
      return done(span);
    };
    const backfill = await deploy(configured())(twoDays, answer);
    const { execution, reads } = backfill;

    expect(execution.failure?.name).toBe('ConvlakeError:backfill-incomplete');
    const list: unknown = JSON.parse(String(execution.failure?.message));
    expect(list).toMatchObject({
      errorMessage: [
        '2 spans could not be read; fix the causes and redrive the execution, which reads these alone',
        '- crescendo.botconv of tenant-1, 2 spans between 2026-03-30T00:00:00.000Z and 2026-04-01T00:00:00.000Z: ConvlakeError:vendor-unavailable: the vendor is down',
        'All of them are in s3://results-bucket/backfills/a-backfill/2/rest.json',
      ].join('\n'),
    });
    const tenantsRead = (from: number) => new Set(reads.slice(from).map(({ tenant }) => tenant));
    expect(tenantsRead(0)).toEqual(new Set(['tenant-0', 'tenant-1', 'tenant-2']));

    backfill.setUp({ answer: done });
    const before = reads.length;
    await execution.redrive();

    expect(execution.failure).toBeUndefined();
    expect(execution.output).toEqual({ spans: 6 });
    expect(tenantsRead(before)).toEqual(new Set(['tenant-1']));
    expect(reads).toHaveLength(before + 2);
  });

  test('are listed again when a redrive ends with them again', async () => {
    const backfill = await deploy(configured())(oneDay, failing('tenant-1', 'ConvlakeError:credential-refused'));
    const { execution, reads } = backfill;
    const before = reads.length;

    await execution.redrive();
    expect(execution.failure?.message).toContain('crescendo.botconv of tenant-1, 1 span between');
    expect(reads.slice(before)).toMatchObject([{ tenant: 'tenant-1' }]);

    backfill.setUp({ answer: done });
    await execution.redrive();
    expect(execution.output).toEqual({ spans: 3 });
  });

  test('that a person has to fix are not tried again', async () => {
    const { reads } = await deploy([streamOf()])(oneDay, failing('tenant-alpha', 'ConvlakeError:credential-refused'));

    expect(reads).toHaveLength(1);
  });

  test('keep what was read before them: the redrive goes on there', async () => {
    const backfill = await deploy([streamOf()])(oneDay, (span) => {
      if (span.from.includes('T10')) throw named('ConvlakeError:body-unexpected');
      return tenHours(span);
    });
    backfill.setUp({ answer: tenHours });
    await backfill.execution.redrive();

    expect(backfill.execution.output).toEqual({ spans: 1 });
    expect(backfill.reads.map(({ from }) => from.slice(11, 13))).toEqual(['00', '10', '10', '10', '10', '20']);
  });

  test("of a vendor that asks for a long wait are waited for, and end no other's reading", async () => {
    const { execution, clock } = await deploy(configured())(oneDay, (span, _, { now }) => {
      if (span.tenant === 'tenant-1' && now() < 3 * HOUR_MS) throw named('ConvlakeError:vendor-wait');
      return done(span);
    });

    expect(execution.output).toEqual({ spans: 3 });
    expect(clock.now()).toBeGreaterThanOrEqual(3 * HOUR_MS);
  });

  test('of an account that is busy for an hour fail nothing', async () => {
    const { execution } = await deploy(configured())(twoDays, (span, _, clock) => {
      if (clock.now() < HOUR_MS) throw named('Lambda.TooManyRequestsException');
      return done(span);
    });

    expect(execution.output).toEqual({ spans: 6 });
  });

  test('of a whole item, which said nothing of its spans, count for all of them', async () => {
    const backfill = await deploy(configured())(twoDays, (span) => {
      // More than 256 KB, which is one of the few things that no catcher catches.
      if (span.tenant === 'tenant-1') return { ...done(span), from: 'x'.repeat(300_000) };
      return done(span);
    });

    expect(backfill.execution.failure?.message).toContain(
      '- crescendo.botconv of tenant-1, 2 spans between 2026-03-30T00:00:00.000Z and 2026-04-01T00:00:00.000Z: States.DataLimitExceeded',
    );
    backfill.setUp({ answer: done });
    await backfill.execution.redrive();
    expect(backfill.execution.output).toEqual({ spans: 6 });
  });

  test('of a redrive after a deploy to another lake name both lakes, and nothing is written there', async () => {
    const backfill = await deploy([streamOf()])(oneDay, failing('tenant-alpha', 'ConvlakeError:credential-refused'));
    backfill.setUp({ answer: done, lake: 's3://new-lake' });
    const before = backfill.reads.length;
    await backfill.execution.redrive();

    expect(backfill.execution.failure?.message).toContain(
      'lake is s3://lake-bucket, for which the span was planned, and this function writes s3://new-lake; start a new backfill',
    );
    expect(backfill.reads).toHaveLength(before);
  });
});
