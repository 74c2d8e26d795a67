import { describe, expect, test } from 'vitest';
import type { FieldPath } from '../../../../contract/streams.ts';
import { ConvlakeError } from '../../../../functions/engine/errors.ts';
import { countLines, splitLines } from '../../../../functions/engine/rows/lines.ts';
import { readRow } from '../../../../functions/engine/rows/read-row.ts';
import { splitPage } from '../../../../functions/engine/rows/split-page.ts';

const rowsUnder = ['data', 'conversations'];
const encoder = new TextEncoder();
const bytesOf = (text: string) => encoder.encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function split(text: string, fields: readonly FieldPath[] = []) {
  const { envelope, rows } = splitPage(bytesOf(text), fields, rowsUnder);
  return { envelope, rows: rows.map((row) => textOf(row.bytes)), tokens: rows.map((row) => row.tokens) };
}

function refusal(read: () => unknown): ConvlakeError {
  try {
    read();
  } catch (error) {
    if (error instanceof ConvlakeError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const refusalOf = (text: string) => refusal(() => split(text));

describe('the rows of a page', () => {
  test('are the array under data, as the vendor wrote it', () => {
    const row = '{"id":12345678901234567890,"x":1.10000000000000000000001,"z":1,"a":2,"a":3,"t":"\\u00e9\\/\\ud800é"}';

    expect(split(`{"total":1,"data":[${row}],"cursor":{"next":null}}`)).toMatchObject({
      envelope: { total: 1, data: [], cursor: { next: null } },
      rows: [row],
    });
  });

  test('are the array under conversations, or a bare array', () => {
    expect(split('{"conversations":[{"a":1},{}],"has_more":false}')).toMatchObject({
      envelope: { conversations: [], has_more: false },
      rows: ['{"a":1}', '{}'],
    });
    expect(split(' [{"a":1} , {}]\n')).toMatchObject({ envelope: [], rows: ['{"a":1}', '{}'] });
  });

  test('are found under a name that is written with escapes', () => {
    expect(split('{"d\\u0061ta":[1]}')).toMatchObject({ envelope: { data: [] }, rows: ['1'] });
  });

  test('are only the top level’s own array', () => {
    expect(split('{"meta":{"data":[1,2]},"x":["data"],"data":[3]}')).toMatchObject({
      envelope: { meta: { data: [1, 2] }, x: ['data'], data: [] },
      rows: ['3'],
    });
  });

  test('may be none', () => {
    expect(split('{"data":[]}')).toMatchObject({ envelope: { data: [] }, rows: [] });
    expect(split('[ ]')).toMatchObject({ envelope: [], rows: [] });
  });

  test('lose line breaks between tokens and nothing else', () => {
    const pretty =
      '{\r\n\t"data": [\r\n\t\t{\r\n\t\t\t"ID": "a  b",\n\t\t\t"Tags": [\r\n1,\r2 ]\r\n\t\t}\r\n\t]\r\n}\r\n';

    const { rows, tokens } = split(pretty, [['ID'], ['Tags']]);

    expect(rows).toEqual(['{\t\t\t"ID": "a  b",\t\t\t"Tags": [1,2 ]\t\t}']);
    expect(tokens).toEqual([['"a  b"', '[1,2 ]']]);
  });

  test('are views on the body where they have no line breaks', () => {
    const body = bytesOf('{\n"data":[{"a":1},\n{"a":\n2}]}');

    const { rows } = splitPage(body, [], rowsUnder);

    expect(rows.map((row) => row.bytes.buffer === body.buffer)).toEqual([true, false]);
  });

  test('come from a body that is itself a view', () => {
    const whole = bytesOf('xx{"data":[{"a":"é"}]}yy');

    const { rows } = splitPage(whole.subarray(2, whole.length - 2), [['a']], rowsUnder);

    expect(rows.map((row) => [textOf(row.bytes), ...row.tokens])).toEqual([['{"a":"é"}', '"é"']]);
  });

  test('may follow a byte order mark', () => {
    expect(split('\ufeff{"data":[{"a":1}]}')).toMatchObject({ envelope: { data: [] }, rows: ['{"a":1}'] });
    expect(refusalOf('\ufeff\ufeff[]').message).toContain('at byte 3');
  });

  test('and the envelope may be nested a million levels deep', () => {
    const deep = '['.repeat(1e6) + ']'.repeat(1e6);
    const objects = `${'{"a":'.repeat(1e6)}0${'}'.repeat(1e6)}`;

    expect(split(`{"data":[${objects},${deep}]}`, [['a']]).rows).toEqual([objects, deep]);
    expect(split(`{"deep":${deep},"data":[]}`).rows).toEqual([]);
    expect(refusalOf('['.repeat(1e7)).code).toBe('body-unexpected');
    expect(refusalOf(`[${'['.repeat(100)}${']'.repeat(31)}}${']'.repeat(69)}`).code).toBe('body-unexpected');
  });
});

test('every closing bracket must be the one of its own level, at any depth', () => {
  const kinds = Array.from({ length: 200 }, (_, level) => (level * level + (level >> 3)) % 3 === 0);
  const opened = kinds.map((isObject) => (isObject ? '{"a":' : '[')).join('');
  const closed = kinds.map((isObject) => (isObject ? '}' : ']')).reverse();

  expect(split(`[[${opened}0${closed.join('')}]]`).rows).toEqual([`[${opened}0${closed.join('')}]`]);
  for (const [level, bracket] of closed.entries()) {
    const wrong = closed.with(level, bracket === '}' ? ']' : '}').join('');
    expect(refusalOf(`[[${opened}0${wrong}]]`).code).toBe('body-unexpected');
  }
});

describe('tokens', () => {
  const fields: readonly FieldPath[] = [['ID'], ['metadata', 'start'], ['Handoff Reason']];
  const tokensOf = (row: string, asked = fields) => split(`[${row}]`, asked).tokens[0];

  test('are the text of the value, undefined where there is none', () => {
    expect(tokensOf('{"ID":12345678901234567890,"metadata":{"start":1.50},"Handoff Reason":"\\u0041"}')).toEqual([
      '12345678901234567890',
      '1.50',
      '"\\u0041"',
    ]);
    expect(tokensOf('{"id":1,"metadata":{},"Handoff Reason":null}')).toEqual([undefined, undefined, 'null']);
  });

  test('are undefined in a row that is no object', () => {
    for (const row of ['1', '"ID"', 'null', '["ID",1]', '[{"ID":1}]']) {
      expect(tokensOf(row)).toEqual([undefined, undefined, undefined]);
    }
  });

  test('come from the first of equal names, however it is written', () => {
    expect(tokensOf('{"I\\u0044":1,"ID":2}')?.[0]).toBe('1');
    expect(tokensOf('{"metadata":{"start":1,"start":2},"metadata":{"start":3}}')?.[1]).toBe('1');
    expect(tokensOf('{"metadata":{},"metadata":{"start":3}}')?.[1]).toBeUndefined();
    expect(tokensOf('{"metadata":"none","metadata":{"start":3}}')?.[1]).toBeUndefined();
  });

  test('of inner names are looked for one level deep and nowhere else', () => {
    expect(tokensOf('{"start":1,"x":{"ID":2,"metadata":{"start":3}},"metadata":[{"start":4}]}')).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('of a field asked twice, and of an object and a name inside it, are all there', () => {
    expect(tokensOf('{"m":{"a":1}}', [['m', 'a'], ['m'], ['m', 'a']])).toEqual(['1', '{"a":1}', '1']);
  });

  test('are found whatever the length of the name', () => {
    for (const length of [0, 1, 31, 32, 33, 64, 300]) {
      const name = 'é'.repeat(length);
      expect(tokensOf(`{"${name}x":0,"${name}":1}`, [[name]])).toEqual(['1']);
    }
  });
});

describe('a page is refused', () => {
  test.each([
    '',
    ' ',
    '\ufeff',
    '{"data":[01]}',
    '{"data":[-]}',
    '{"data":[-01]}',
    '{"data":[1.]}',
    '{"data":[.5]}',
    '{"data":[+1]}',
    '{"data":[1e]}',
    '{"data":[1e+]}',
    '{"data":[0x10]}',
    '{"data":[NaN]}',
    '{"data":[Infinity]}',
    '{"data":[nul]}',
    '{"data":[nulll]}',
    '{"data":[True]}',
    '{"data":[falsy]}',
    '{"data":["\\x"]}',
    '{"data":["\\u12G4"]}',
    '{"data":["\\u123"]}',
    '{"data":["\\"]}',
    '{"data":["a\nb"]}',
    '{"data":["a\u0000b"]}',
    '{"data":["a\tb"]}',
    "{'data':[]}",
    '{data:[]}',
    '{"data":[1,]}',
    '{"data":[,1]}',
    '{"data":[1 2]}',
    '{"data":[{"a":1,}]}',
    '{"data":[{,}]}',
    '{"data":[{"a"}]}',
    '{"data":[{"a":}]}',
    '{"data":[{"a" 1}]}',
    '{"data":[{1:1}]}',
    '{"data":[[1}]}',
    '{"data":[{"a":1]]}',
    '{"data":[],}',
    '{,"data":[]}',
    '{"data":[]}}',
    '{"data":[]} x',
    '{"data":[]}{"data":[]}',
    '[]\u0000',
    '[1]\u00a0',
    '[1,\f2]',
    '[1,\u000b2]',
    '[1,\u20282]',
    '/* rows */[]',
    '[',
    '{"data":[{"a":"b',
  ])('%j, which JSON.parse refuses as well', (text) => {
    expect(() => JSON.parse(text.replace(/^\ufeff/, ''))).toThrow(SyntaxError);
    expect(refusalOf(text)).toMatchObject({ code: 'body-unexpected', recovery: 'retry' });
  });

  test.each([
    [[0x5b, 0x22, 0xff, 0x22, 0x5d], 2],
    [[0x5b, 0x22, 0xc0, 0x80, 0x22, 0x5d], 2],
    [[0x5b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x5d], 2],
    [[0x5b, 0x22, 0xf5, 0x80, 0x80, 0x80, 0x22, 0x5d], 2],
    [[0x5b, 0x5d, 0xe2, 0x82], 2],
  ])('%j, which is not UTF-8', (body, at) => {
    const { code, message } = refusal(() => splitPage(Uint8Array.from(body), [], rowsUnder));

    expect(code).toBe('body-unexpected');
    expect(message).toContain(`UTF-8 at byte ${at}`);
  });

  test.each([
    ['null', 'an object or an array at byte 0, found: null'],
    ['"text"', 'an object or an array at byte 0'],
    ['upstream timed out', 'an object or an array at byte 0, found: upstream timed out'],
    [' 12', 'an object or an array at byte 1, found: 12'],
    ['{}', '"data" or "conversations", not only an empty object, at byte 0'],
    ['{"items":[{"secret":1}],"next":""}', '"data" or "conversations", not only items, next, at byte 0'],
    ['{"data":nil}', 'at byte 8, found: nil}'],
    ['{"data":{"secret":1}}', 'an array under "data" at byte 8'],
    ['{"data":[],"conversations":[]}', 'one rows array, not "conversations" as another, at byte 27'],
    ['{"data":[],"data":[]}', 'one rows array, not "data" as another, at byte 18'],
  ])('%s, which has another shape', (text, message) => {
    expect(refusalOf(text).message).toContain(message);
  });
});

describe('null in the place of the rows', () => {
  test('stays in the envelope, for the dialect to judge', () => {
    const page = splitPage(new TextEncoder().encode('{"data": null, "next": 7}'), [], rowsUnder);

    expect(page).toEqual({ envelope: { data: null, next: 7 }, rows: [] });
  });

  test('under one name leaves the rows under the other', () => {
    const page = splitPage(new TextEncoder().encode('{"data":null,"conversations":[1]}'), [], rowsUnder);

    expect(page).toMatchObject({ envelope: { data: null, conversations: [] }, rows: [{}] });
  });
});

describe('the message of a refusal', () => {
  test('says what was expected, where, and what the envelope has there', () => {
    expect(refusalOf('{"total" 12,"data":[]}').message).toBe(
      'a page of 22 bytes is not a page of rows: expected ":" at byte 9, found: 12,',
    );
  });

  test('shows at most 120 characters, all of which print', () => {
    const html = `<html lang="é">\n<p>\u0007${'😀'.repeat(300)}`;

    const { message } = refusalOf(html);

    const found = message.slice(message.indexOf('found: ') + 7);
    expect([...found]).toHaveLength(120);
    expect(found).toMatch(/^<html lang="é">\.<p>\.😀+$/u);
  });

  test.each([
    '{"total":1,"data":[{"ID":"secret","x":tru}]}',
    '{"total":1,"data":[{"ID":"secret"} {"ID":"secret"}]}',
    '{"total":1,"data":["secret',
    '{"data":[{"ID":1}],{"ID":"secret"}]}',
    '{"data":[{"ID":1}]},{"ID":"secret"}]}',
    '{"data":[{"ID":1}]}\n{"data":[{"ID":"secret"}]}',
    '{"data":[1]"secret"}',
    '{"data":[1],"data":[{"ID":"secret"}]}',
    '{"items":[{"ID":"secret"}]}',
    '{"items" [{"ID":"secret"}]}',
    '{"ID":"secret"}\n{"ID":"secret"}',
    '[{"ID":1}]{"ID":"secret"}',
    '[{"ID":1}]\n[{"ID":"secret"}]',
    '[{"ID":"\\x secret"}]',
    '{"data":{"ID":"secret"}}',
    '{"data":"secret"}',
    'ID,Name\n1,secret',
    '"ID","secret"',
  ])('never holds text of a row: %s', (text) => {
    expect(refusalOf(text).message).not.toContain('secret');
  });

  test('names at most 120 characters of an unknown object’s names', () => {
    const { message } = refusalOf(`{"${'n'.repeat(500)}":1}`);

    expect(message).toContain('n'.repeat(120));
    expect(message).not.toContain('n'.repeat(121));
  });
});

describe('a line of the lake', () => {
  test('reads as the row that was split', () => {
    const row = readRow(bytesOf('{"ID":"a","m":{"at":7}}'), [['m', 'at'], ['ID']]);

    expect(textOf(row.bytes)).toBe('{"ID":"a","m":{"at":7}}');
    expect(row.tokens).toEqual(['7', '"a"']);
  });

  test('may be any one value, and may end in the CR of another writer', () => {
    expect(textOf(readRow(bytesOf('17\r'), []).bytes)).toBe('17');
    expect(readRow(bytesOf('[1]'), [['a']]).tokens).toEqual([undefined]);
  });

  test.each(['', ' ', '{"a":"secret"', '{"a":1}{"a":"secret"}', '{"a":1},', '\ufeff{}', '{"a":\u00a01}'])(
    'fails when it is %j, without telling what is in it',
    (line) => {
      const { code, recovery, message } = refusal(() => readRow(bytesOf(line), []));

      expect([code, recovery]).toEqual(['object-corrupt', 'stop-stream']);
      expect(message).not.toContain('secret');
    },
  );

  test('fails when it is not UTF-8', () => {
    expect(refusal(() => readRow(Uint8Array.of(0x22, 0xff, 0x22), [])).code).toBe('object-corrupt');
  });
});

describe('the lines of a member', () => {
  const linesOf = (text: string) => [...splitLines(bytesOf(text))].map(textOf);

  test('are the texts before each line feed', () => {
    expect(linesOf('{"a":1}\n{"é":2}\n')).toEqual(['{"a":1}', '{"é":2}']);
    expect(linesOf('')).toEqual([]);
  });

  test('are kept when they are empty, or not ended', () => {
    expect(linesOf('\na\n\nb')).toEqual(['', 'a', '', 'b']);
  });

  test.each(['', '\n', 'a', 'a\n', '\n\n', '\na\n\nb', 'é\nb\n'])('are counted as they are split: %j', (text) => {
    expect(countLines(bytesOf(text))).toBe(linesOf(text).length);
  });

  test('are views', () => {
    const member = bytesOf('a\nb\n');

    expect([...splitLines(member)].every((line) => line.buffer === member.buffer)).toBe(true);
  });
});
