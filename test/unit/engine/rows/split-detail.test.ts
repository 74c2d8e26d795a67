import { describe, expect, test } from 'vitest';
import type { FieldPath } from '../../../../contract/streams.ts';
import { ConvlakeError } from '../../../../functions/engine/errors.ts';
import { KIND } from '../../../../functions/engine/rows/row-fields.ts';
import { splitDetail } from '../../../../functions/engine/rows/split-detail.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function split(text: string | Uint8Array, under?: string, fields: readonly FieldPath[] = []) {
  const body = typeof text === 'string' ? encoder.encode(text) : text;
  const { envelope, detail } = splitDetail(body, fields, under);
  return { envelope, detail: decoder.decode(detail.bytes), tokens: detail.tokens };
}

function refusalOf(text: string | Uint8Array, under?: string): ConvlakeError {
  try {
    split(text, under);
  } catch (error) {
    if (error instanceof ConvlakeError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const DETAIL = '{"id":12345678901234567890,"x":1.10,"a":2,"a":3,"t":"\\u00e9\\/\\ud800é","s":[{"u":1}]}';

describe('a detail', () => {
  test('is the body itself, as the vendor wrote it', () => {
    expect(split(DETAIL, undefined, [['id'], ['a'], ['nothing']])).toEqual({
      envelope: null,
      detail: DETAIL,
      tokens: ['12345678901234567890', '2', undefined],
    });
    expect(split('\ufeff [1,2] ')).toMatchObject({ detail: '[1,2]' });
  });

  test('is what the body has under a name, also one that is written with escapes', () => {
    expect(split(`{"status":{"code":200},"d\\u0061ta":${DETAIL} ,"x":[]}`, 'data', [['id']])).toEqual({
      envelope: { status: { code: 200 }, data: null, x: [] },
      detail: DETAIL,
      tokens: ['12345678901234567890'],
    });
    expect(split('{"meta":{"data":{"a":1}},"data":[]}', 'data')).toMatchObject({ detail: '[]' });
  });

  test('loses line breaks between tokens and nothing else', () => {
    expect(split('{\r\n "a": [\n1,\r2 ],\n"b":"x  y"}').detail).toBe('{ "a": [1,2 ],"b":"x  y"}');
  });
});

describe('a body that is not exactly one detail is refused', () => {
  test.each([
    ['nothing', ''],
    ['null', 'null'],
    ['a text', '"a"'],
    ['a number', '12'],
    ['cut', DETAIL.slice(0, -1)],
    ['followed by another', `${DETAIL}{}`],
    ['an array that is cut', '[{"a":1},'],
    ['a comma too many', '{"a":1,}'],
    ['a markup page', '<html>busy</html>'],
  ])('%s', (_, body) => {
    expect(refusalOf(body)).toMatchObject({ code: 'body-unexpected', recovery: 'retry' });
  });

  test.each([
    ['without the name', '{"status":{"code":404}}'],
    ['with null under it', '{"status":{"code":404},"data":null}'],
    ['with a text under it', '{"data":"busy"}'],
    ['with two of them', '{"data":{},"data":{}}'],
    ['that is an array', '[{"data":{}}]'],
    ['cut behind the detail', '{"data":{}'],
    ['with something behind it', '{"data":{}} x'],
  ])('%s', (_, body) => {
    expect(refusalOf(body, 'data')).toMatchObject({ code: 'body-unexpected', recovery: 'retry' });
  });

  test('of bytes that are not UTF-8', () => {
    const bytes = encoder.encode('{"a":"x"}');
    bytes[6] = 0xff;
    expect(refusalOf(bytes).message).toContain('expected UTF-8');
  });

  test('and the message holds nothing of a detail, but what stands around it', () => {
    expect(refusalOf('{"secret":tru}').message).not.toContain('secret');
    expect(refusalOf('{"data":{"secret":tru}}', 'data').message).not.toContain('secret');
    expect(refusalOf('{"data":{"secret":1}} oops', 'data').message).toContain('oops');
    expect(refusalOf('{"status":1}', 'data').message).toContain('not only status');
  });
});

describe('what tells of the kind of a field', () => {
  const kindOf = (value: string) =>
    splitDetail(Buffer.from(`{"a":1,"x":${value}}`), [['x', KIND], ['a']], undefined).detail.tokens;

  test.each([
    ['[ ]', '[]'],
    ['{\n}', '{}'],
    ['[ {"a":[]}, 2 ]', '['],
    ['{"a":1}', '{'],
    ['null', 'null'],
    ['"some text"', '"some text"'],
  ])('of %s is %s', (value, token) => {
    expect(kindOf(value)).toEqual([token, '1']);
  });

  test('and stands beside what lies in it', () => {
    const fields = [['x', KIND], ['x', 'y'], ['x']] as const;
    expect(splitDetail(Buffer.from('{"x":{"y":7}}'), fields, undefined).detail.tokens).toEqual(['{', '7', '{"y":7}']);
  });
});
