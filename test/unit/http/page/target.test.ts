import { describe, expect, test } from 'vitest';
import { targetOf } from '../../../../functions/http/page/target.ts';

const names = { stream: 'elevenlabs.transcripts', tenant: 'alpha', credentialLabel: 'env:KEY' };
const paths = { basePath: '/prefix', path: '/prefix/conversations' };
const at = (path: string | undefined, query: Readonly<Record<string, string>> = {}) =>
  targetOf(paths, { query, state: 's', carriesCursor: false, ...(path !== undefined && { path }) }, names);

describe('a request goes', () => {
  test("to the stream's own path where it names none", () => {
    expect(at(undefined, { page_size: '5' })).toBe('/prefix/conversations?page_size=5');
  });

  test('under the base URL to the path that it names, without a question mark where it has no query', () => {
    expect(at('/v2/transcriptions/17/sentences')).toBe('/prefix/v2/transcriptions/17/sentences');
    expect(at('/v2/transcriptions/17/sentences', { page: '2' })).toBe('/prefix/v2/transcriptions/17/sentences?page=2');
  });

  test.each(['conv_01', 'a..b', '...', '%C3%A9', 'a%2Fb', '%3F%23', "x~y!$&'()*+,;=:@"])('for the id %s', (id) => {
    expect(at(`/conversations/${id}`)).toBe(`/prefix/conversations/${id}`);
  });
});

describe('a request goes nowhere', () => {
  test.each([
    '',
    'conversations/1',
    '/',
    '//elsewhere.example.com/1',
    '/conversations//1',
    '/conversations/',
    '/conversations/1?all=true',
    '/conversations/1#top',
    '/conversations/..',
    '/conversations/../keys',
    '/conversations/.',
    '/conversations/%2e%2E',
    '/conversations/.%2e/keys',
    '/conversations/a%2F..%2Fkeys',
    '/conversations/a%5c..%5Ckeys',
    '/conversations/a b',
    '/conversations/é',
    '/conversations/\\..\\keys',
    '/conversations/a%zz',
    '/conversations/1\r\nhost: elsewhere',
  ])('with the path %j, and the error does not show it', (path) => {
    let thrown: unknown;
    try {
      at(path);
    } catch (error) {
      thrown = error;
    }

    expect(thrown).toMatchObject({
      code: 'body-unexpected',
      recovery: 'retry',
      message:
        'elevenlabs.transcripts of tenant alpha: the path of a detail could lead elsewhere, and is not asked for; its id is not one that a path can hold',
    });
  });
});
