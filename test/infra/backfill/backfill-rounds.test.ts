import { describe, expect, test } from 'vitest';
import { MOST_TRIES } from '../../../infra/backfill/read-item.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../support/durations.ts';
import { streamOf } from '../support/stack-of.ts';
import { type Answer, deploy, named } from './backfill-fixture.ts';

describe('a long backfill', () => {
  /** Reads an hour of a span. */
  const anHour: Answer = (span) => {
    const from = new Date(Date.parse(span.from) + HOUR_MS).toISOString();
    return { ...span, from, done: from === span.to };
  };

  test('goes on in a further round where a span takes more reads than one history holds', async () => {
    const from = '2026-01-01T00:00:00Z';
    const days = 3 * 40;
    const to = new Date(Date.parse(from) + days * DAY_MS).toISOString();
    const { execution, reads, rounds } = await deploy([streamOf()])({ from, to }, anHour);

    expect(execution.output).toEqual({ spans: 40 });
    expect(rounds()).toHaveLength(3); // 72 reads of each span, in two rounds; then nothing is left
    expect(reads.map((read) => read.from).toSorted()).toEqual(
      Array.from({ length: days * 24 }, (_, hour) => new Date(Date.parse(from) + hour * HOUR_MS).toISOString()),
    );
  });

  test('keeps what failed in an earlier round in the list', async () => {
    const from = '2026-03-30T00:00:00Z';
    const to = '2026-03-31T00:00:00Z';
    const streams = [streamOf({ tenant: 'good' }), streamOf({ tenant: 'bad' })];
    const quarter: Answer = (span) => {
      if (span.tenant === 'bad') throw named('ConvlakeError:credential-refused');
      const next = new Date(Date.parse(span.from) + HOUR_MS / 4).toISOString();
      return { ...span, from: next, done: next === span.to };
    };
    const { execution, reads } = await deploy(streams)({ from, to }, quarter);

    expect(reads.filter(({ tenant }) => tenant === 'good')).toHaveLength(96); // in three rounds
    expect(execution.failure?.message).toContain('crescendo.vocconv of bad, 1 span between');
  });

  test('fails for a span of which nothing at all is read, again and again', async () => {
    const { execution, reads } = await deploy([streamOf()])(
      { from: '2026-03-30T00:00:00Z', to: '2026-03-31T00:00:00Z' },
      (span) => ({ ...span, done: false }),
    );

    expect(execution.failure?.message).toContain('SpanTooLong: Not even the beginning of it was read');
    expect(reads).toHaveLength(MOST_TRIES);
  });

  test('stays below the events of one history with all the tries that there can be', async () => {
    // Just before its last try each span is throttled as often as that is borne.
    const reads = new Map<string, number>();
    const { execution } = await deploy([streamOf({ tenant: 'x'.repeat(128), concurrency: 64 })])(
      { from: '2023-05-01T00:00:00Z', to: '2026-05-01T00:00:00Z' },
      (span) => {
        const read = (reads.get(span.to) ?? 0) + 1;
        reads.set(span.to, read);
        if (read >= MOST_TRIES && read < MOST_TRIES + 60) throw named('Lambda.TooManyRequestsException');
        return {
          ...span,
          from: new Date(Date.parse(span.from) + MINUTE_MS).toISOString(),
          done: read > MOST_TRIES + 60,
        };
      },
    );

    expect(execution.output).toEqual({ spans: 40 });
  });

  test('of a thousand streams and tenants for three years is planned and read', async () => {
    const tenants = Array.from({ length: 200 }, (_, n) => `tenant-${n}`);
    const every = (['crescendo.vocconv', 'crescendo.botconv'] as const).flatMap((stream) =>
      tenants.map((tenant) => streamOf({ stream, tenant })),
    );
    const others = (
      ['salesloft.conversations', 'voiceable.conversations', 'elevenlabs.conversations'] as const
    ).flatMap((stream) => tenants.map((tenant) => streamOf({ stream, tenant })));
    const from = '2023-05-20T00:00:00.000Z';
    const to = '2026-05-20T00:00:00.000Z';
    const { execution, reads, rounds } = await deploy([...every, ...others])({ from, to });

    expect(execution.failure).toBeUndefined();
    // A tenant's two streams of Crescendo share its credential.
    expect(rounds()[0]).toHaveLength(800);
    const read = new Map<string, number>();
    for (const { stream, tenant, from: begin, to: end } of reads) {
      const name = `${stream} ${tenant}`;
      read.set(name, (read.get(name) ?? 0) + Date.parse(end) - Date.parse(begin));
    }
    expect(new Set(read.values())).toEqual(new Set([Date.parse(to) - Date.parse(from)]));
    expect(read.size).toBe(1000);
  });

  test('of many tenants with one credential is read in rounds, so that no two items read with it', async () => {
    const streams = Array.from({ length: 100 }, (_, n) =>
      streamOf({ tenant: `tenant-${n}`, credential: 'secret:shared' }),
    );
    const { execution, reads, rounds } = await deploy(streams)({
      from: '2026-03-30T00:00:00Z',
      to: '2026-04-01T00:00:00Z',
    });

    expect(execution.output).toEqual({ spans: 100 });
    expect(reads).toHaveLength(100);
    expect(rounds().map((items) => (Array.isArray(items) ? items.length : 0))).toEqual([1, 1, 1, 0]);
  });
});
