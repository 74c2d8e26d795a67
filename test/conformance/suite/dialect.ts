import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { type StreamName, streamDefinition } from '../../../contract/streams.ts';
import { hasCode } from '../../../functions/engine/errors.ts';
import { fieldsToRead } from '../../../functions/engine/rows/row.ts';
import { splitPage } from '../../../functions/engine/rows/split-page.ts';
import type { Dialect, PageReading, PageRequest } from '../../../functions/engine/source.ts';
import { sources } from '../../../functions/sources/index.ts';
import { HOUR_MS } from '../../support/durations.ts';
import { testScene } from '../../support/run/scene.ts';

/** A body that is JSON, but not a page, with what it is. `CURSOR` stands in it for a cursor, which no error may show. */
export interface WrongBody {
  readonly name: string;
  readonly body: unknown;
}

/** One page as it came over the wire. */
interface Exchange {
  readonly request: PageRequest;
  readonly body: Uint8Array;
}

const cursor = 'c3VycmVwdGl0aW91cw';
const span = { from: Date.UTC(2026, 4, 20), to: Date.UTC(2026, 4, 20, 12) };

/** What no vendor calls a page. */
const neverPages: readonly WrongBody[] = [
  { name: 'null', body: null },
  { name: 'a text', body: 'ok' },
  { name: 'a number', body: 42 },
  { name: 'an empty object', body: {} },
  { name: 'rows under another name', body: { rows: [] } },
  { name: 'an object in place of the rows', body: { data: {} } },
  { name: 'null in place of the rows, and no sign of the end', body: { data: null } },
  { name: 'an error with a status of success', body: { error: 'internal', message: 'internal' } },
];

function dialectOf(stream: StreamName): Dialect {
  const definition = streamDefinition(stream);
  return sources[definition.source].dialect({ definition, pageSize: 10, purpose: 'live' });
}

function read(stream: StreamName, { request, body }: Exchange): PageReading {
  const dialect = dialectOf(stream);
  return dialect.readPage(request, splitPage(body, fieldsToRead(streamDefinition(stream)), dialect.rowsUnder));
}

/** The pages of one walk over rows of two days, as the engine asked for them. */
async function walkOf(stream: StreamName): Promise<Exchange[]> {
  const scene = await testScene({ stream, rows: 100 });
  const exchanges: Exchange[] = [];
  await scene.run({
    start: new Date(span.from).toISOString(),
    configuration: { concurrency: 1 },
    ports: (ports) => ({
      ...ports,
      fetchPage: (request, signal, readBody) =>
        ports.fetchPage(request, signal, (body) => {
          exchanges.push({ request, body: Buffer.from(body) });
          return readBody(body);
        }),
    }),
  });
  return exchanges;
}

/** What a dialect must be by itself: pure, strict, and silent about secrets. */
export function describeDialect(stream: StreamName, wrongBodies: readonly WrongBody[]): void {
  describe('its dialect', () => {
    test('asks for the first page the same way for the same span', () => {
      const dialect = dialectOf(stream);

      expect(dialect.firstPage(span)).toEqual(dialect.firstPage({ ...span }));
      expect(dialectOf(stream).firstPage(span)).toEqual(dialect.firstPage(span));
      expect(dialect.firstPage({ ...span, from: span.from - HOUR_MS })).not.toEqual(dialect.firstPage(span));
    });

    test('reads the same out of the same page, and leaves the request as it was', async () => {
      const exchanges = await walkOf(stream);

      for (const exchange of exchanges) {
        const before = structuredClone(exchange.request);
        const [first, second] = [read(stream, exchange), read(stream, exchange)];
        expect(second).toEqual(first);
        expect(exchange.request).toEqual(before);
      }
      expect(exchanges.length).toBeGreaterThan(2);
    });

    test('gives every request of a walk a state of its own, and sends no credential', async () => {
      const exchanges = await walkOf(stream);

      const states = exchanges.map(({ request }) => request.state);
      expect(new Set(states).size).toBe(states.length);
      expect(exchanges.filter(({ request }) => JSON.stringify(request.query).includes('simulated-key'))).toEqual([]);
    });

    test.each([...neverPages, ...wrongBodies])('refuses $name as a page', ({ body }) => {
      const request = dialectOf(stream).firstPage(span);
      const bytes = Buffer.from(JSON.stringify(body));

      expect(() => read(stream, { request, body: bytes })).toThrow(
        expect.objectContaining({ name: 'ConvlakeError', code: 'body-unexpected' }),
      );
    });

    test.each(wrongBodies)('names the stream and no cursor where it refuses $name', ({ body }) => {
      const request = dialectOf(stream).firstPage(span);
      const text = JSON.stringify(body).replaceAll('CURSOR', cursor);

      const error = errorOf(() => read(stream, { request, body: Buffer.from(text) }));

      expect(hasCode(error, 'body-unexpected')).toBe(true);
      expect(String(error)).toContain(stream);
      expect(String(error)).not.toContain(cursor);
    });
  });
}

function errorOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
