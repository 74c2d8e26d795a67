import { describe, expect, test } from 'vitest';
import { Drift, knownFields } from '../../../../functions/engine/run/drift.ts';

describe('new fields', () => {
  test('are those of the top level that the catalogue has no column for, each once, by name', () => {
    const drift = looked([
      { ID: 'a', Summary: 'x', wrapUpCode: 7, 'Call Flow': { inner: 1 } },
      { ID: 'b', Problems: [{ unheardOf: 1 }], wrapUpCode: null },
    ]);

    expect(drift.added).toEqual(['Call Flow', 'wrapUpCode']);
    expect(drift.retyped).toEqual([]);
  });

  test('are told by name only where it reads like one: no ids, addresses, numbers or texts', () => {
    const notNames = [
      '3f333df6-90a4-4fda-8dd3-9485d27cee36',
      'conv_01jx8812',
      'ada@example.com',
      '+44 20 7946 0000',
      '__proto__x\n',
      'n'.repeat(65),
      '',
    ];
    const drift = looked([Object.fromEntries([...notNames, 'routing_v2'].map((name) => [name, 1]))]);

    expect(drift.added).toEqual(['routing_v2']);
  });

  test('are fifty at most, and so are retyped ones', () => {
    const names = Array.from({ length: 400 }, (_, n) => `x${'abcdefghij'[n % 10]}_${n}`);
    const drift = looked(names.map((name) => ({ [name]: 1 })));

    expect(drift.added).toHaveLength(50);
  });

  test('named as members of every object are fields like others', () => {
    expect(lookedAt(['{"constructor":1,"__proto__":{"CSat":"x"}}']).added).toEqual(['__proto__', 'constructor']);
  });
});

describe('retyped fields', () => {
  test('are those whose column shows null for what is there', () => {
    const drift = looked([{ CSat: { value: 4 }, Duration: 'a while', DatetimeUTC: true, Sentiment: [1] }]);

    expect(drift.retyped).toEqual([
      { field: 'CSat', type: 'object' },
      { field: 'DatetimeUTC', type: 'boolean' },
      { field: 'Duration', type: 'string' },
      { field: 'Sentiment', type: 'array' },
    ]);
  });

  test('are none that the column shows: null, numbers as text, any type where the column is text', () => {
    const drift = looked([
      { CSat: null, Duration: '12.5', DatetimeUTC: 1_767_618_764_000, ID: 7 },
      { Media: ['voice'], Summary: { text: 'x' }, Groups: true, DatetimeUTC: '2026-05-20T10:00:00Z' },
    ]);

    expect(drift.retyped).toEqual([]);
  });

  test('are objects that are none any more, where columns show what is inside', () => {
    const drift = looked([{ account: 'acme', person: { id: '81' }, recording: null }], 'salesloft.conversations');

    expect(drift.retyped).toEqual([{ field: 'account', type: 'string' }]);
  });
});

describe('the sample', () => {
  test('has the first row of a page and a few of the others, other ones on each page', () => {
    const page = Array.from({ length: 1000 }, (_, n) => rowOf({ [`at${'abcdefghij'[Math.floor(n / 100)]}`]: n }));
    const drift = new Drift(knownFields('crescendo.vocconv'));
    drift.page(page);
    const first = drift.added.length;
    for (let pages = 0; pages < 60; pages++) drift.page(page);

    expect(drift.added).toContain('ata');
    expect(first).toBeGreaterThan(4);
    expect(drift.added).toHaveLength(10);
  });

  test('ends after some hundreds of rows, and after some megabytes', () => {
    const plain = new Drift(knownFields('crescendo.vocconv'));
    for (let pages = 0; pages < 500; pages++) plain.page([rowOf({ ID: 'a' })]);
    plain.page([rowOf({ late: 1 })]);
    const large = new Drift(knownFields('crescendo.vocconv'));
    for (let pages = 0; pages < 4; pages++) large.page([rowOf({ Summary: 'x'.repeat(999_000) })]);
    large.page([rowOf({ Summary: 'x'.repeat(9_000), late: 1 })]);

    expect(plain.added).toEqual([]);
    expect(large.added).toEqual([]);
  });

  test('passes over rows that are no objects', () => {
    expect(lookedAt(['null', '7', '"text"', '[{"x":1}]', '{"extra":1}']).added).toEqual(['extra']);
  });
});

function looked(rows: readonly object[], stream: Parameters<typeof knownFields>[0] = 'crescendo.vocconv'): Drift {
  return lookedAt(
    rows.map((row) => JSON.stringify(row)),
    stream,
  );
}

/** Each on a page of its own, so that all are looked at. */
function lookedAt(lines: readonly string[], stream: Parameters<typeof knownFields>[0] = 'crescendo.vocconv'): Drift {
  const drift = new Drift(knownFields(stream));
  for (const line of lines) drift.page([{ row: { bytes: new TextEncoder().encode(line) } }]);
  return drift;
}

function rowOf(row: object): { readonly row: { readonly bytes: Uint8Array } } {
  return { row: { bytes: new TextEncoder().encode(JSON.stringify(row)) } };
}
