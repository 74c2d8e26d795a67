import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { VolatilePath } from '../../../../contract/streams.ts';
import { comparedPart } from '../../../../functions/engine/rows/compared-part.ts';

const volatile: readonly VolatilePath[] = [['v'], ['in', 'v'], ['list', '[]', 'v'], ['deep', '[]', '[]', 'in', 'v']];
const part = (text: string, paths = volatile) => Buffer.from(comparedPart(paths)(Buffer.from(text))).toString();

describe('what is compared of a row', () => {
  test.each([
    ['{"a":1,"v":2}', '{"a":1}'],
    ['{"v":2,"a":1}', '{"a":1}'],
    ['{"a":1,"v":2,"b":3}', '{"a":1,"b":3}'],
    ['{"v":2}', '{}'],
    ['{"v":1,"v":2,"a":3,"v":4,"v":5}', '{"a":3}'],
    ['{"a":1,"v":{"v":[1,{"x":"}"}]},"b":2}', '{"a":1,"b":2}'],
    ['{ "a": 1, "v": 2, "b": 3 }', '{ "a": 1, "b": 3 }'],
    ['{ "v": 2, "a": 1 }', '{ "a": 1 }'],
    ['{"a":1 , "v":2 }', '{"a":1 }'],
    ['{"\\u0076":2,"a":1}', '{"a":1}'],
    ['{"a":"\\"v\\":2","v":"a,\\"b\\":\\u0022"}', '{"a":"\\"v\\":2"}'],
    ['{"in":{"v":1,"w":2},"a":1}', '{"in":{"w":2},"a":1}'],
    ['{"in":{"v":1}}', '{"in":{}}'],
    ['{"list":[{"v":1,"w":2},{"w":3,"v":4},5,[{"v":6}]]}', '{"list":[{"w":2},{"w":3},5,[{"v":6}]]}'],
    ['{"deep":[[{"in":{"v":1,"w":2}}],[],null]}', '{"deep":[[{"in":{"w":2}}],[],null]}'],
  ])('is %s without its volatile fields', (text, rest) => {
    expect(part(text)).toBe(rest);
  });

  test.each([
    '{}',
    '{"a":1}',
    '{"a":{"v":1}}',
    '{"a":[{"v":1}]}',
    '{"in":[{"v":1}]}',
    '{"in":"v"}',
    '{"list":{"v":1}}',
    '{"w":"v","V":1,"vv":2,"é":3}',
    '[{"v":1}]',
    '"v"',
    'null',
  ])('is %s itself, byte for byte, where it has none of them', (text) => {
    const row = Buffer.from(text);

    expect(comparedPart(volatile)(row)).toBe(row);
  });

  test('lacks the whole of what is named with something in it', () => {
    expect(part('{"in":{"w":1},"a":2}', [['in', 'v'], ['in']])).toBe('{"a":2}');
  });

  test('is told by names with more bytes than letters', () => {
    expect(part('{"é":1,"ab":2}', [['é']])).toBe('{"ab":2}');
  });

  test('is found in a row that lies within a page', () => {
    const page = Buffer.from('[{"a":1,"v":2}]');

    expect(Buffer.from(comparedPart(volatile)(page.subarray(1, -1))).toString()).toBe('{"a":1}');
  });

  const names = ['a', 'v', 'in', 'list', 'deep', 'é', '"'];
  const { value: anyValue } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(null, true, 1e30, 'v', '{"v":1}', '\\'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 5 }),
    ),
  }));
  const rowOf = fc.dictionary(fc.constantFrom(...names), anyValue, { maxKeys: 6 });

  test.each([undefined, 1])(
    'is what parsing, deleting and printing leaves, with an indentation of %s',
    (indentation) => {
      fc.assert(
        fc.property(rowOf, (row) => {
          const left = JSON.parse(part(JSON.stringify(row, null, indentation)));

          expect(left).toEqual(volatile.reduce<unknown>(without, JSON.parse(JSON.stringify(row))));
        }),
        { numRuns: 500, seed: 9 },
      );
    },
  );

  test('is the same for two rows that differ in volatile fields alone, there or not', () => {
    fc.assert(
      fc.property(rowOf, anyValue, (row, value) => {
        const { v: _, ...others } = row;

        expect(part(JSON.stringify({ ...others, v: value }))).toBe(part(JSON.stringify(others)));
      }),
      { numRuns: 300, seed: 4 },
    );
  });
});

/** The value without what lies at the path. */
function without(value: unknown, path: readonly string[]): unknown {
  const [name = '', ...inner] = path;
  if (Array.isArray(value)) return name === '[]' ? value.map((each) => without(each, inner)) : value;
  if (typeof value !== 'object' || value === null || name === '[]') return value;
  const members = Object.entries(value).filter(([own]) => own !== name || inner.length > 0);
  return Object.fromEntries(members.map(([own, held]) => [own, own === name ? without(held, inner) : held]));
}
