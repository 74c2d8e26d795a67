import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readDetail, readInList, wholeDetail } from '../../support/vendor/detail-of.ts';

const ID = 'conv_9001k8t0kz9te4ab5d7q6v1yqj2m';
const elevenlabs = wholeDetail('elevenlabs.transcripts');
const voiceable = wholeDetail('voiceable.transcripts');
const turns = [{ role: 'user', message: 'secret' }];

const fixture = (name: string) => readFileSync(`test/fixtures/${name}.json`, 'utf8');
const refused = expect.objectContaining({ code: 'body-unexpected', recovery: 'retry' });

/** A conversation of ElevenLabs'; what is not given is as it should be for one that is over. */
function conversation(fields: Readonly<Record<string, unknown>> = {}) {
  return {
    conversation_id: ID,
    status: 'done',
    transcript: turns,
    analysis: { call_successful: 'success' },
    ...fields,
  };
}

/** The same as Voiceable sends it. */
function wrapped(fields: Readonly<Record<string, unknown>> = {}, envelope: Readonly<Record<string, unknown>> = {}) {
  return { status: { code: 200, message: 'Success' }, data: conversation(fields), ...envelope };
}

const deleted = (at: unknown) => ({
  metadata: { deletion_settings: { deleted_transcript_at_time_unix_secs: at } },
});

describe('a transcript of ElevenLabs', () => {
  const read = (fields: Readonly<Record<string, unknown>>) => readDetail(elevenlabs, ID, conversation(fields));

  test('is asked for by its id, percent-encoded, and the request tells that it is about one row', () => {
    expect(elevenlabs.request('a/b c?$&')).toEqual({
      query: {},
      path: '/v1/convai/conversations/a%2Fb%20c%3F%24%26',
      about: 'a/b c?$&',
      state: 'detail',
      carriesCursor: false,
    });
    expect(elevenlabs.request('\ud83d').path).toBe('/v1/convai/conversations/%EF%BF%BD');
  });

  test('as documented is the body byte for byte, final, with its analysis', () => {
    const body = fixture('elevenlabs-transcripts');
    const { bytes, ...told } = readDetail(elevenlabs, ID, body);

    expect(new TextDecoder().decode(bytes)).toBe(body.trim().replaceAll('\n', ''));
    expect(told).toEqual({ open: false, incomplete: false, empty: false, erased: false });
  });

  test.each(['initiated', 'in-progress', 'processing'])('is open while the call is %s', (status) => {
    expect(read({ status, analysis: null })).toMatchObject({ open: true, incomplete: false });
  });

  test.each(['done', 'failed'])('of a call that is %s is incomplete without its analysis', (status) => {
    expect(read({ status, analysis: null })).toMatchObject({ open: false, incomplete: true });
    expect(read({ status, analysis: undefined })).toMatchObject({ open: false, incomplete: true });
    expect(read({ status })).toMatchObject({ open: false, incomplete: false });
  });

  test.each([[[]], [null]])('is empty where the turns are %j', (transcript) => {
    expect(read({ transcript })).toMatchObject({ empty: true, erased: false });
  });

  test('is empty where the list has nothing but white space', () => {
    const body = JSON.stringify(conversation()).replace(JSON.stringify(turns), '[ \r\n\t]');

    expect(readDetail(elevenlabs, ID, body)).toMatchObject({ empty: true });
  });

  test('is erased only where the vendor says when it deleted it', () => {
    expect(read({ transcript: [], ...deleted(1_767_312_000) })).toMatchObject({ empty: true, erased: true });
    expect(read(deleted('2026-01-02T00:00:00Z'))).toMatchObject({ erased: true });
    for (const at of [null, undefined, 0, '', {}]) expect(read(deleted(at))).toMatchObject({ erased: false });
    expect(read({ metadata: { deletion_settings: { deletion_time_unix_secs: 1 } } })).toMatchObject({ erased: false });
  });

  test.each([
    ['another id', { conversation_id: 'conv_other' }],
    ['no id', { conversation_id: undefined }],
    ['an id that is null', { conversation_id: null }],
    ['no status', { status: undefined }],
    ['no transcript', { transcript: undefined }],
    ['a text for a transcript', { transcript: 'secret' }],
    ['an error of its own', { detail: { status: 'system_busy', message: 'secret' } }],
    ['an error of a gateway', { error: 'secret' }],
  ])('fails with %s, and its message shows neither an id nor the body', (_, fields) => {
    const reading = () => read(fields);

    expect(reading).toThrow(refused);
    expect(reading).toThrow(/^elevenlabs\.transcripts: /);
    expect(reading).not.toThrow(/conv_|secret/);
  });

  test('may have a status of failed and an error in its metadata, which is the call that failed', () => {
    const metadata = { error: { code: 1008, reason: 'quota' } };

    expect(read({ status: 'failed', metadata, detail: null, error: '' })).toMatchObject({ open: false });
  });

  test.each([
    ['an error told inside a 200', { detail: { status: 'system_busy' } }],
    ['an empty object', {}],
  ])('fails on %s', (_, body) => {
    expect(() => readDetail(elevenlabs, ID, body)).toThrow(refused);
  });
});

describe('a transcript of Voiceable', () => {
  const read = (fields?: Readonly<Record<string, unknown>>, envelope?: Readonly<Record<string, unknown>>) =>
    readDetail(voiceable, ID, wrapped(fields, envelope));

  test('is asked for by its id', () => {
    expect(voiceable.request('conv_1')).toMatchObject({ path: '/conversations/conv_1', about: 'conv_1' });
  });

  test.each(['voiceable-transcripts', 'voiceable-transcripts-app'])('as in %s is what stands under data', (name) => {
    const body = fixture(name);
    const { bytes, ...told } = readDetail(voiceable, 'conv_01jxyz', body);

    expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual(JSON.parse(body).data);
    expect(told).toEqual({ open: false, incomplete: false, empty: false, erased: false });
  });

  test('takes the words of both vendors for a call that is not over', () => {
    expect(read({ status: 'in-progress' })).toMatchObject({ open: true });
    expect(read({ status: 'completed' })).toMatchObject({ open: false });
    expect(read({ status: undefined })).toMatchObject({ open: false });
  });

  test('is incomplete only where it hands through an analysis that is null', () => {
    expect(read({ analysis: null })).toMatchObject({ incomplete: true });
    expect(read({ analysis: undefined })).toMatchObject({ incomplete: false });
  });

  test('is empty without turns, and erased where it hands through that it was deleted', () => {
    expect(read({ transcript: [] })).toMatchObject({ empty: true, erased: false });
    expect(read({ transcript: undefined })).toMatchObject({ empty: true });
    expect(read({ transcript: [], ...deleted(1_767_312_000) })).toMatchObject({ empty: true, erased: true });
  });

  test.each([
    ['another id', { conversation_id: 'conv_other' }, {}],
    ['no id', { conversation_id: undefined }, {}],
    ['an error in its envelope', {}, { status: { code: 502, message: 'secret' } }],
    ['an error beside it', {}, { error: 'secret' }],
    ['a text for a transcript', { transcript: 'secret' }, {}],
  ])('fails with %s, and its message shows neither an id nor the body', (_, fields, envelope) => {
    const reading = () => read(fields, envelope);

    expect(reading).toThrow(refused);
    expect(reading).not.toThrow(/conv_|secret/);
  });

  test('may have its id under either name', () => {
    expect(read({ conversation_id: undefined, id: ID })).toMatchObject({ empty: false });
    expect(read({ conversation_id: 'conv_inner', id: ID })).toMatchObject({ empty: false });
  });

  test('is not asked for where the row of the list carries its turns: then the row is the detail', () => {
    const row = JSON.stringify(conversation({ status: 'in-progress' }));
    const { bytes, ...told } = readInList(voiceable, row) ?? {};

    expect(new TextDecoder().decode(bytes)).toBe(row);
    expect(told).toEqual({ open: true, incomplete: false, empty: false, erased: false });
  });

  test.each([[[]], [null], ['turns'], [undefined], [{}]])('is asked for where it carries %j', (transcript) => {
    expect(readInList(voiceable, conversation({ transcript }))).toBeUndefined();
  });
});
