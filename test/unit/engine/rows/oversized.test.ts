import { describe, expect, test } from 'vitest';
import { parseOversizedKey } from '../../../../contract/layout.ts';
import { type StreamName, streamDefinition, streams } from '../../../../contract/streams.ts';
import { OVERSIZED_BYTES, oversizedReference, rowEntry } from '../../../../functions/engine/rows/oversized.ts';
import { readRow } from '../../../../functions/engine/rows/read-row.ts';
import { fieldsToRead } from '../../../../functions/engine/rows/row.ts';

const LIMIT = 2000;
const FILL = `"fill":"${'x'.repeat(LIMIT)}"`;

function entryOf(stream: StreamName) {
  const definition = streamDefinition(stream);
  const fields = fieldsToRead(definition);
  const entry = rowEntry({ definition, tenant: 'a', oversizedBytes: LIMIT });
  const read = (text: string) => readRow(Buffer.from(text), fields);
  return {
    take: (text: string) => entry.take(read(text)),
    identify: (text: string) => entry.identify(read(text)),
    /** What is known of the stub, once as it is taken in and once as it is found in an object. */
    stubOf(text: string) {
      const taken = entry.take(read(text));
      const stub = Buffer.from(taken.row.bytes).toString();
      return { ...taken, stub, found: entry.identify(read(stub)) };
    },
  };
}

const rows: readonly [StreamName, string][] = [
  ['crescendo.vocconv', `{"ID":90071992547409931,${FILL},"DatetimeUTC":"2026-05-18 08:00:00.25+0200"}`],
  ['crescendo.botconv', `{"ID":"a\\u00e9","DatetimeUTC":null,"Datetime":1779105600123,${FILL}}`],
  [
    'salesloft.conversations',
    `{"id":"s","created_at":"2024-11-30T23:59:59.9Z",${FILL},"updated_at":"2026-05-18T13:00:00-04:00"}`,
  ],
  [
    'voiceable.conversations',
    `{"id":"v","metadata":{"start_time_unix_secs":1779105600,"more":1},"status":"in-progress",${FILL}}`,
  ],
  ['voiceable.conversations', `{"conversation_id":"v","id":"w","created_at":"soon","metadata":[1],${FILL}}`],
  ['elevenlabs.conversations', `{"conversation_id":"e","start_time_unix_secs":1.779e9,"status":"done",${FILL}}`],
];

describe('a row too large for a line', () => {
  test('is one of more than 24 MB', () => {
    const definition = streamDefinition('crescendo.vocconv');
    const entry = rowEntry({ definition, tenant: 'a' });
    const bytes = (length: number) => ({
      bytes: new Uint8Array(length),
      tokens: fieldsToRead(definition).map(() => '1'),
    });

    expect(OVERSIZED_BYTES).toBe(24 * 1024 * 1024);
    expect(entry.take(bytes(OVERSIZED_BYTES)).oversized).toBeUndefined();
    expect(entry.take(bytes(OVERSIZED_BYTES + 1)).oversized).toBeDefined();
  });

  test.each(rows)('of %s is known by its stub as by itself: %s', (stream, text) => {
    const { take, stubOf } = entryOf(stream);
    const small = take(text.replace(FILL, '"fill":""'));
    const { stub, identity, found, oversized } = stubOf(text);
    const { key, dt, time, version, open } = small.identity;

    expect(identity).toMatchObject({ key, dt, time, version, open });
    expect(found).toEqual(identity);
    expect(Buffer.from(oversized?.bytes ?? []).toString()).toBe(text);
    expect(oversizedReference(Buffer.from(stub))).toBe(oversized?.key);
    expect(parseOversizedKey(oversized?.key ?? '')).toMatchObject({
      table: streamDefinition(stream).table,
      tenant: 'a',
      dt,
    });
  });

  test('has the fields of its stub in the words of the vendor, where the vendor has them', () => {
    const { stub, oversized } = entryOf('voiceable.conversations').stubOf(rows[3]?.[1] ?? '');

    expect(stub).toBe(
      `{"id":"v","metadata":{"start_time_unix_secs":1779105600},"status":"in-progress","oversized":"${oversized?.key}"}`,
    );
  });

  test('has an object of its own for each content, and the same one for the same', () => {
    const { stubOf } = entryOf('crescendo.vocconv');
    const [one, same, other] = ['1', '1', '2'].map(
      (value) => stubOf(`{"ID":"a","value":${value},${FILL}}`).oversized?.key,
    );

    expect(one).toBe(same);
    expect(one).not.toBe(other);
    expect(one?.split('-')[0]).toBe(other?.split('-')[0]);
    expect(one).toContain('/dt=__HIVE_DEFAULT_PARTITION__/');
  });

  test('is its own key where it has none, by its bytes', () => {
    const { stubOf } = entryOf('crescendo.vocconv');
    const [one, same, other] = ['1', '1', '2'].map((value) => stubOf(`{"ID":null,"value":${value},${FILL}}`));

    expect(one?.identity.key).toEqual(same?.found.key);
    expect(one?.identity.key).not.toEqual(other?.identity.key);
  });

  test('has a short stub, however long its fields are', () => {
    const { stub, identity, found } = entryOf('crescendo.vocconv').stubOf(
      `{"ID":"${'k'.repeat(LIMIT)}","DatetimeUTC":{"at":["2026-05-18T12:00:00Z"]}}`,
    );

    expect(stub.length).toBeLessThan(300);
    expect(found).toEqual(identity);
  });

  test('that stands as a line, written before there was a limit, is replaced by its stub when it is read again', () => {
    for (const text of [`{"ID":"a",${FILL}}`, `{"ID":null,${FILL}}`]) {
      const { identify, take } = entryOf('crescendo.vocconv');
      const [line, read] = [identify(text), take(text).identity];

      expect(line.key).toEqual(read.key);
      expect(line.content).not.toEqual(read.content);
    }
  });
});

describe('a line', () => {
  test.each([...streams.values()].map(({ table }) => table))('of %s refers to nothing unless it is a stub', (table) => {
    const key = `${table}_oversized/tenant=a/dt=2026-05-18/0a-0b.json.gz`;
    const referenceOf = (line: string) => oversizedReference(Buffer.from(line));

    expect(referenceOf(`{"id":"a","oversized":"${key}"}`)).toBe(key);
    expect(referenceOf(`{"oversized":"${key}","id":"a"}`)).toBeUndefined();
    expect(referenceOf(`{"id":"a","file":"${key}"}`)).toBeUndefined();
    expect(referenceOf('{"id":"a","oversized":"../x.json.gz"}')).toBeUndefined();
    expect(referenceOf('{"id":"a","oversized":true}')).toBeUndefined();
    expect(referenceOf('')).toBeUndefined();
  });

  test('is the same row, in the same object, where volatile fields alone differ', () => {
    const definition = streamDefinition('crescendo.vocconv');
    const entry = rowEntry({ definition, tenant: 'a', oversizedBytes: LIMIT, volatile: [['url']] });
    const take = (url: number, id: string | null) => {
      const text = `{"ID":${JSON.stringify(id)},${FILL},"url":${url},"DatetimeUTC":"2026-05-18 08:00:00Z"}`;
      return entry.take(readRow(Buffer.from(text), fieldsToRead(definition)));
    };

    for (const id of ['a', null]) {
      const [first, second] = [take(1, id), take(2, id)];
      expect(second.identity).toEqual(first.identity);
      expect(second.oversized?.key).toBe(first.oversized?.key);
    }
    expect(take(1, 'b').oversized?.key).not.toBe(take(1, 'a').oversized?.key);
  });
});
