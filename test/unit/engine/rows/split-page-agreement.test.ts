import { deepStrictEqual, ok } from 'node:assert/strict';
import { describe, expect, test } from 'vitest';
import type { FieldPath } from '../../../../contract/streams.ts';
import { hasCode } from '../../../../functions/engine/errors.ts';
import { readRow } from '../../../../functions/engine/rows/read-row.ts';
import { splitPage } from '../../../../functions/engine/rows/split-page.ts';

/*
 * Pages are made and garbled by a seeded generator and read twice: by splitPage, and by JSON.parse with a small model of
 * what a page is. Both must accept the same pages, and find the same rows and tokens in them.
 */

const fields: readonly FieldPath[] = [['ID'], ['meta', 'at'], ['é'], ['meta'], ['n', 'ID'], ['ID']];
const rowsUnder: readonly [string, string] = ['data', 'conversations'];
const names = ['ID', 'meta', 'at', 'é', 'n', 'x', '', 'data', 'IDs', 'Id', '__proto__'];
const encoder = new TextEncoder();
const fatal = new TextDecoder('utf-8', { fatal: true });

/** Mulberry32: a small generator whose whole state is the seed, so that every failure can be had again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Random = (below: number) => number;

function pick<T>(random: Random, choices: readonly [T, ...T[]]): T {
  return choices[random(choices.length)] ?? choices[0];
}

function space(random: Random): string {
  return random(4) > 0 ? '' : pick(random, [' ', '\n', '\r\n', '\t', '  \r', '\n\n ']);
}

function stringText(random: Random, content: string): string {
  return `"${[...content].map((c) => (random(8) === 0 ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}` : c)).join('')}"`;
}

function makeString(random: Random): string {
  const piece = () =>
    pick(random, [
      'a',
      'long enough for whole words',
      'é',
      '😀',
      '\\n',
      '\\"',
      '\\\\',
      '\\/',
      '\\ud800',
      '\\u00E9',
      '{',
      ']',
      ',',
      '\u2028',
      '\u007f',
    ]);
  return `"${Array.from({ length: random(5) }, piece).join('')}"`;
}

function makeNumber(random: Random): string {
  return pick(random, [
    '0',
    '-0',
    '12',
    '-7.25',
    '1e5',
    '1E-2',
    '0.1e+3',
    '12345678901234567890',
    '1.000000000000000000001',
    '-0e0',
  ]);
}

function makeObject(random: Random, depth: number): string {
  const member = () =>
    `${space(random)}${stringText(random, pick(random, ['ID', ...names]))}${space(random)}:${space(random)}${makeValue(random, depth - 1)}${space(random)}`;
  return `{${Array.from({ length: random(5) }, member).join(',') || space(random)}}`;
}

function makeArray(random: Random, depth: number): string {
  const element = () => `${space(random)}${makeValue(random, depth - 1)}${space(random)}`;
  return `[${Array.from({ length: random(4) }, element).join(',') || space(random)}]`;
}

function makeValue(random: Random, depth: number): string {
  const kind = random(depth > 0 ? 6 : 3);
  if (kind === 0) return pick(random, ['null', 'true', 'false']);
  if (kind === 1) return makeNumber(random);
  if (kind === 2) return makeString(random);
  return kind === 3 ? makeArray(random, depth) : makeObject(random, depth);
}

function makePage(random: Random): string {
  const row = () => (random(10) === 0 ? makeValue(random, 1) : makeObject(random, 3));
  const rows = `[${Array.from({ length: random(4) }, () => space(random) + row() + space(random)).join(',') || space(random)}]`;
  const shape = random(8);
  if (shape === 0) return space(random) + rows + space(random);
  const rest = Array.from({ length: random(3) }, () => `${makeString(random)}:${space(random)}${makeValue(random, 2)}`);
  const rowsName = stringText(random, pick(random, rowsUnder));
  rest.splice(
    random(rest.length + 1),
    0,
    `${rowsName}${space(random)}:${space(random)}${shape === 1 ? makeValue(random, 1) : rows}`,
  );
  return `${space(random)}{${space(random)}${rest.join(`${space(random)},${space(random)}`)}}${space(random)}`;
}

const inserted = [...encoder.encode('{}[]",:\\ue0-+.1 \n\f'), 0xa0, 0xc2, 0xff];

/** Changes a few bytes: insert, delete, flip, truncate, or duplicate a stretch. */
function garble(random: Random, page: Uint8Array): Uint8Array {
  let bytes = [...page];
  for (let changes = 1 + random(2); changes > 0; changes--) {
    const at = random(bytes.length + 1);
    const kind = random(5);
    if (kind === 0) bytes.splice(at, 0, inserted[random(inserted.length)] ?? 0);
    else if (kind === 1) bytes.splice(at, 1 + random(3));
    else if (kind === 2) bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << random(8));
    else if (kind === 3) bytes = bytes.slice(0, at);
    else bytes.splice(at, 0, ...bytes.slice(at, at + 1 + random(12)));
  }
  return Uint8Array.from(bytes);
}

/** A value as its tokens stand in the text, white space between them left out. */
interface Model {
  readonly raw: string;
  readonly members: readonly (readonly [string, Model])[] | undefined;
  readonly items: readonly Model[] | undefined;
}

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;

/** The model of text that JSON.parse has accepted. */
function modelOf(text: string): Model {
  const tokens = text.match(token) ?? [];
  let next = 0;
  const value = (): Model => {
    const from = next;
    const first = tokens[next++];
    const members: [string, Model][] = [];
    const items: Model[] = [];
    while (first === '{' && tokens[next] !== '}') {
      const name = String(JSON.parse(tokens[next] ?? ''));
      next += 2;
      members.push([name, value()]);
      if (tokens[next] === ',') next++;
    }
    while (first === '[' && tokens[next] !== ']') {
      items.push(value());
      if (tokens[next] === ',') next++;
    }
    if (first === '{' || first === '[') next++;
    return {
      raw: tokens.slice(from, next).join(''),
      members: first === '{' ? members : undefined,
      items: first === '[' ? items : undefined,
    };
  };
  return value();
}

function rawMember(row: Model, outer: string, inner: string | undefined): string | undefined {
  const found = row.members?.find(([name]) => name === outer)?.[1];
  return inner === undefined || !found ? found?.raw : rawMember(found, inner, undefined);
}

/** The rows that a page holds, or undefined for what is no page. */
function expectedRows(body: Uint8Array): readonly Model[] | undefined {
  let text: string;
  try {
    text = fatal.decode(body);
    JSON.parse(text);
  } catch {
    return undefined;
  }
  const model = modelOf(text);
  if (model.items) return model.items;
  const found = model.members?.filter(([name]) => rowsUnder.includes(name)) ?? [];
  const filled = found.filter(([, { raw }]) => raw !== 'null');
  return found.length > 0 && filled.length === 0 ? [] : filled.length === 1 ? filled[0]?.[1].items : undefined;
}

function compact(text: string): string {
  return (text.match(token) ?? []).join('');
}

function checkPage(body: Uint8Array): 'accepted' | 'refused' {
  const expected = expectedRows(body);
  let page: ReturnType<typeof splitPage>;
  try {
    page = splitPage(body, fields, rowsUnder);
  } catch (error) {
    if (!hasCode(error, 'body-unexpected')) throw error;
    if (expected) throw new Error(`refused, but is a page: ${fatal.decode(body)}`, { cause: error });
    return 'refused';
  }
  if (!expected) throw new Error(`accepted, but is no page: ${new TextDecoder().decode(body)}`);
  const texts = page.rows.map((row) => fatal.decode(row.bytes));
  deepStrictEqual(
    texts.map(compact),
    expected.map((row) => row.raw),
  );
  ok(!texts.some((text) => /[\r\n]/.test(text)));
  deepStrictEqual(
    page.rows.map((row) => row.tokens.map((each) => each && compact(each))),
    expected.map((row) => fields.map(([outer, inner]) => rawMember(row, outer, inner))),
  );
  deepStrictEqual(joined(page.envelope, texts), JSON.parse(fatal.decode(body)));
  // What was split is a line of the lake, and reads the same there.
  deepStrictEqual(
    page.rows.map((row) => readRow(row.bytes, fields)),
    page.rows,
  );
  return 'accepted';
}

/** The envelope with the parsed rows back in their place. */
function joined(envelope: unknown, rows: readonly string[]): unknown {
  const values = rows.map((row): unknown => JSON.parse(row));
  if (typeof envelope !== 'object' || envelope === null) return envelope;
  if (Array.isArray(envelope)) return [...envelope, ...values];
  const name = rowsUnder.find((under) => Array.isArray(Reflect.get(envelope, under)));
  return name === undefined ? envelope : Object.defineProperty(envelope, name, { value: values });
}

describe('a page', () => {
  test.each([1, 2, 3, 4])('is accepted, split and read as JSON.parse would have it (seed %i)', (seed) => {
    const random = randomFrom(seed);
    const outcomes = { accepted: 0, refused: 0 };

    for (let n = 0; n < 5_000; n++) outcomes[checkPage(encoder.encode(makePage(random)))]++;

    expect(outcomes.accepted).toBeGreaterThan(4_000);
    expect(outcomes.refused).toBeGreaterThan(50);
  });

  test.each([11, 12, 13, 14, 15, 16, 17, 18])(
    'with changed bytes is refused exactly where JSON.parse refuses it (seed %i)',
    (seed) => {
      const random = randomFrom(seed);
      const outcomes = { accepted: 0, refused: 0 };

      for (let n = 0; n < 12_500; n++) outcomes[checkPage(garble(random, encoder.encode(makePage(random))))]++;

      expect(outcomes.accepted).toBeGreaterThan(1_000);
      expect(outcomes.refused).toBeGreaterThan(5_000);
    },
  );

  test('cut anywhere is refused', () => {
    const page = encoder.encode('{"total":1,"data":[{"ID":"a\\u00e9é","n":-1.5e3,"t":[true,null,{}]}]}');

    for (let length = 0; length < page.length; length++) expect(checkPage(page.subarray(0, length))).toBe('refused');
    expect(checkPage(page)).toBe('accepted');
  });

  test('with any byte in any place of it is refused exactly where JSON.parse refuses it', () => {
    const page = encoder.encode('{"data":[{"ID":"a\\u00e9é","n":-1.5e3},\n7]}');

    for (let at = 0; at < page.length; at++) {
      for (let byte = 0; byte < 256; byte++) checkPage(page.with(at, byte));
    }
  });
});
