import { describe, expect, test } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import { sources } from '../../../../functions/sources/index.ts';
import { pageOf } from '../../../support/vendor/page-of.ts';

const definition = streamDefinition('crescendo.botconv');
const dialect = sources.crescendo.dialect({ definition, pageSize: 1000, purpose: 'live' });
const span = { from: Date.UTC(2026, 0, 2), to: Date.UTC(2026, 0, 3) };
const first = dialect.firstPage(span);

const row = { ID: 'b-1', Datetime: 1767312000000, DatetimeUTC: '2026-01-02T00:00:00Z', 'Handoff Reason': null };

function read(body: unknown, request = first) {
  return dialect.readPage(request, pageOf(definition, body));
}

describe('the first request', () => {
  test('names both ends, the first a millisecond early, and the limit', () => {
    expect(first.query).toEqual({ from: '2026-01-01T23:59:59.999Z', to: '2026-01-03T00:00:00.000Z', limit: '1000' });
    expect(first.carriesCursor).toBe(false);
  });
});

describe('a page', () => {
  test('with a cursor leads on by the cursor and the limit alone', () => {
    const { rows, next, total } = read({ total: 3, cursor: { next: 'abc+/=' }, data: [row] });

    expect(rows).toHaveLength(1);
    expect(total).toBe(3);
    expect(next).toEqual({ query: { cursor: 'abc+/=', limit: '1000' }, state: 'cursor abc+/=', carriesCursor: true });
  });

  test('that is empty goes on while there is a cursor', () => {
    expect(read({ total: 0, cursor: { next: 'abc' }, data: [] }).next).toBeDefined();
  });

  test.each([null, ''])('whose cursor.next is %j is the last', (next) => {
    expect(read({ total: 1, cursor: { next }, data: [row] }).next).toBeUndefined();
  });

  test('behind the first says no total, whatever the vendor counts by then', () => {
    const second = read({ total: 2, cursor: { next: 'abc' }, data: [row] }).next;

    const reading = read({ total: 'many', cursor: { next: null }, data: [row] }, second);

    expect(reading).not.toHaveProperty('total');
  });

  test('tells its cursors apart, so that one that does not advance is noticed', () => {
    const second = read({ total: 2, cursor: { next: 'abc' }, data: [row] }).next;
    const third = read({ total: 2, cursor: { next: 'abc' }, data: [row] }, second).next;

    expect(third?.state).toBe(second?.state);
    expect(second?.state).not.toBe(first.state);
  });

  test.each([
    ['cursor', { total: 1, data: [] }],
    ['cursor.next', { total: 1, cursor: {}, data: [] }],
    ['cursor.next', { total: 1, cursor: { next: 7 }, data: [] }],
    ['total', { cursor: { next: null }, data: [] }],
    ['total', { total: '1', cursor: { next: null }, data: [] }],
    ['total', { total: -1, cursor: { next: null }, data: [] }],
  ])('fails where %s is not what it should be', (path, body) => {
    expect(() => read(body)).toThrow(
      expect.objectContaining({
        code: 'body-unexpected',
        recovery: 'stop-stream',
        message: expect.stringContaining(`crescendo.botconv: ${path} of the response should be`),
      }),
    );
  });

  test('fails without a word of its rows', () => {
    const body = { total: 'x', cursor: { next: null }, data: [{ ID: 'secret' }], extra: [{ ID: 'secret' }] };

    expect(() => read(body)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret') }));
  });

  test('fails with at most 120 printable characters of the envelope', () => {
    const body = { note: `é\n${'x '.repeat(250)}`, total: 1, data: [] };

    expect(() => read(body)).toThrow(/begins \{"note":"\?\\n[x ]{104,108}\. Nothing/);
  });

  test('fails without a word of its cursor, or of any long text without blanks', () => {
    const body = { cursor: { next: 'the-cursor' }, trace: 'opaque'.repeat(9), total: 'x', data: [] };

    expect(() => read(body)).toThrow(
      /begins \{"cursor":\{"next":"\.\.\."\},"trace":"\.\.\.","total":"x","data":\[\]\}/,
    );
  });

  test('fails as it should however deep its envelope is nested', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
    const envelope = { deep, total: 'x', cursor: { next: null }, data: [] };

    expect(() => dialect.readPage(first, { envelope, rows: [] })).toThrow(
      expect.objectContaining({ code: 'body-unexpected' }),
    );
  });
});

describe('an error body', () => {
  test.each([
    [{ code: 'PermissionDenied', message: 'wrong tenant' }, 'wrong tenant'],
    [{ message: ' a 500 has no code ' }, 'a 500 has no code'],
    [{ code: 'NotFound' }, undefined],
    ['<html>', undefined],
    [null, undefined],
  ])('%j reads %j', (body, message) => {
    expect(sources.crescendo.errorMessage(body)).toBe(message);
  });
});

test('no budget is documented, so none is read', () => {
  expect(sources.crescendo.budget).toBeUndefined();
});
