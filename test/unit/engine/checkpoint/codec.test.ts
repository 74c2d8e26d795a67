import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint } from '../../../../functions/engine/checkpoint/codec.ts';
import { decodeRewind, encodeRewind } from '../../../../functions/engine/checkpoint/rewind-codec.ts';
import type { Checkpoint } from '../../../../functions/engine/checkpoint.ts';

const where = '.checkpoints/salesloft/conversations/a.json';

/** Format 1 as it was first released, every field in it. This text must be readable for ever. */
const format1 = `{
  "v": 1,
  "epoch": 2,
  "watermark": "2026-01-02T03:00:00.000Z",
  "seen": "2026-01-02T02:59:59.999Z",
  "walk": { "at": "2026-01-02T02:00:00.123456Z", "tied": { "createdFrom": "2025-12-31T00:00:00.000001Z" } },
  "owed": "2026-01-01T00:00:00.000Z",
  "rereadFrom": "2026-01-01T12:00:00.000Z",
  "reread": {
    "from": "2025-12-26T00:00:00.000Z",
    "to": "2026-01-02T00:00:00.000Z",
    "deep": true,
    "place": "2025-12-30T00:00:00.000Z",
    "walk": { "at": "2025-12-27T00:00:00Z" },
    "since": "2026-01-02T00:01:00.000Z"
  },
  "deep": "2026-01-02T03:00:00.000Z",
  "window": 3600000,
  "newestRow": "2026-01-02T02:58:00.000Z",
  "claim": { "run": "request-7", "until": "2026-01-02T03:17:00.000Z" },
  "start": "2025-01-01T00:00:00.000Z",
  "lake": "./lake",
  "updatedAt": "2026-01-02T03:02:01.500Z",
  "run": "run-7"
}`;

const least: Checkpoint = { epoch: 0, watermark: 0, start: 0, lake: './lake', updatedAt: 0, run: 'r' };

const instant = fc.integer({ min: Date.UTC(1970, 0), max: Date.UTC(9999, 11, 31) });
const text = fc.string({ maxLength: 80, unit: 'grapheme' });
const bookmark = fc.record({ at: text, tied: fc.record({ createdFrom: text }) }, { requiredKeys: ['at'] });
const reread = fc.record(
  { from: instant, to: instant, deep: fc.boolean(), place: instant, walk: bookmark, since: instant },
  { requiredKeys: ['from', 'to', 'deep', 'place'] },
);
const checkpoint: fc.Arbitrary<Checkpoint> = fc.record(
  {
    epoch: fc.nat(),
    watermark: instant,
    seen: instant,
    walk: bookmark,
    owed: instant,
    rereadFrom: instant,
    reread,
    history: fc.record({ from: instant, to: instant }),
    deep: instant,
    window: fc.nat(),
    newestRow: instant,
    claim: fc.record({ run: text, until: instant }),
    start: instant,
    lake: text,
    updatedAt: instant,
    run: text,
  },
  { requiredKeys: ['epoch', 'watermark', 'start', 'lake', 'updatedAt', 'run'], noNullPrototype: true },
);

const owner = { stream: 'salesloft.conversations', tenant: 'a' } as const;

const unreadable = (message: RegExp) =>
  expect.objectContaining({
    code: 'checkpoint-unreadable',
    recovery: 'stop-stream',
    message: expect.stringMatching(message),
  });

function decodeError(changed: string): unknown {
  try {
    return decodeCheckpoint(changed, where);
  } catch (error) {
    return error;
  }
}

describe('a checkpoint', () => {
  test('comes back as it was written', () => {
    fc.assert(
      fc.property(checkpoint, (written) => {
        expect(decodeCheckpoint(encodeCheckpoint(written, owner), where)).toEqual(written);
      }),
    );
  });

  test('of format 1 is read', () => {
    const read = decodeCheckpoint(format1, where);

    expect(read).toEqual({
      epoch: 2,
      watermark: Date.UTC(2026, 0, 2, 3),
      seen: Date.UTC(2026, 0, 2, 3) - 1,
      walk: { at: '2026-01-02T02:00:00.123456Z', tied: { createdFrom: '2025-12-31T00:00:00.000001Z' } },
      owed: Date.UTC(2026, 0, 1),
      rereadFrom: Date.UTC(2026, 0, 1, 12),
      reread: {
        from: Date.UTC(2025, 11, 26),
        to: Date.UTC(2026, 0, 2),
        deep: true,
        place: Date.UTC(2025, 11, 30),
        walk: { at: '2025-12-27T00:00:00Z' },
        since: Date.UTC(2026, 0, 2, 0, 1),
      },
      deep: Date.UTC(2026, 0, 2, 3),
      window: 3_600_000,
      newestRow: Date.UTC(2026, 0, 2, 2, 58),
      claim: { run: 'request-7', until: Date.UTC(2026, 0, 2, 3, 17) },
      start: Date.UTC(2025, 0, 1),
      lake: './lake',
      updatedAt: Date.UTC(2026, 0, 2, 3, 2, 1, 500),
      run: 'run-7',
    });
  });

  test('is written in format 2, which says whose it is, for people to read', () => {
    const of = { stream: owner.stream, tenant: owner.tenant };

    expect(JSON.parse(encodeCheckpoint(decodeCheckpoint(format1, where), owner))).toEqual({
      ...JSON.parse(format1),
      v: 2,
      of,
    });
  });

  test('without its optional fields is written without them', () => {
    expect(JSON.parse(encodeCheckpoint(least, owner))).toEqual({
      v: 2,
      of: { stream: owner.stream, tenant: owner.tenant },
      epoch: 0,
      watermark: '1970-01-01T00:00:00.000Z',
      start: '1970-01-01T00:00:00.000Z',
      lake: './lake',
      updatedAt: '1970-01-01T00:00:00.000Z',
      run: 'r',
    });
  });
});

describe('decoding', () => {
  test('fails for a newer format and says to upgrade', () => {
    expect(decodeError('{"v":3,"whatever":true}')).toEqual(unreadable(/conversations\/a\.json has format 3.*upgrade/));
  });

  test.each([
    ['not JSON at all', /it is not JSON/],
    ['', /it is not JSON/],
    ['null', /it is not an object/],
    ['[]', /it is not an object/],
    ['7', /it is not an object/],
    ['{}', /v is not a whole number/],
    ['{"v":"1"}', /v is not a whole number/],
    ['{"v":0}', /no format 0/],
    ['{"v":1}', /epoch is not a whole number/],
    ['{"v":2,"epoch":0}', /of is not an object/],
    ['{"v":2,"of":{"stream":"x","tenant":"y","lake":"z"}}', /"of\.lake" is not a known field/],
    ['{"v":1,"of":{}}', /epoch is not a whole number/],
  ])('fails for %j', (changed, message) => {
    expect(decodeError(changed)).toEqual(unreadable(message));
  });

  test.each([
    ['"epoch": 2', '"epoch": 2.5', /: epoch is not/],
    ['"epoch": 2', '"epoch": -1', /: epoch is not/],
    ['"epoch": 2', '"epoch": null', /: epoch is not/],
    ['"window": 3600000', '"window": "1 hour"', /: window is not/],
    ['"watermark": "2026-01-02T03:00:00.000Z"', '"watermark": 1767322800000', /: watermark is not an instant/],
    ['2026-01-02T03:00:00.000Z', '2026-02-30T03:00:00.000Z', /: watermark is not an instant/],
    ['2026-01-02T03:00:00.000Z', '2026-01-02T03:00:00', /: watermark is not an instant/],
    ['2026-01-02T02:59:59.999Z', 'yesterday', /: seen is not an instant/],
    [
      '"tied": { "createdFrom": "2025-12-31T00:00:00.000001Z" }',
      '"tied": "x"',
      /: walk\.tied is not an object of texts/,
    ],
    ['"tied": {', '"tied": { "more": 1,', /: walk\.tied is not an object of texts/],
    ['"deep": true', '"deep": "true"', /: reread\.deep is not true or false/],
    ['"place": "2025-12-30T00:00:00.000Z",', '', /: reread\.place is not/],
    ['"walk": { "at": "2025-12-27T00:00:00Z" }', '"walk": []', /: reread\.walk is not an object/],
    ['"run": "run-7"', '"run": "run-7", "holder": {}', /"holder" is not a known field/],
    ['"until": "2026-01-02T03:17:00.000Z"', '"until": 7', /: claim\.until is not an instant/],
    ['"run": "run-7"', '"run": "run-7", "history": []', /: history is not an object/],
    ['"run": "run-7"', '"run": "run-7", "history": { "from": "2025-01-01T00:00:00.000Z" }', /: history\.to is not/],
    ['"run": "run-7"', '"run": "run-7", "__proto__": {}', /"__proto__" is not a known field/],
  ])('fails with the path where %j is %j', (before, after, message) => {
    const changed = format1.replace(before, after);

    expect(changed).not.toBe(format1);
    expect(decodeError(changed)).toEqual(unreadable(message));
  });

  test('fails for a text that is cut anywhere', () => {
    const whole = encodeCheckpoint(decodeCheckpoint(format1, where), owner);
    for (let length = 0; length < whole.length; length++) {
      expect(decodeError(whole.slice(0, length)), `cut at ${length}`).toEqual(unreadable(/not JSON/));
    }
  });
});

describe('the owner', () => {
  const backfill = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 1, 1) };
  const owners = [
    owner,
    { ...owner, tenant: 'b' },
    { ...owner, stream: 'crescendo.vocconv' },
    { ...owner, backfill },
    { ...owner, backfill: { ...backfill, to: Date.UTC(2026, 2, 1) } },
  ] as const;

  test.each(owners)('%j reads its own records and no other ones', (own) => {
    expect(decodeCheckpoint(encodeCheckpoint(least, own), where, own)).toEqual(least);
    const rewind = { epoch: 1, watermark: 0, lake: './lake' };
    expect(decodeRewind(encodeRewind(rewind, own), where, own)).toEqual(rewind);
    for (const other of owners.filter((one) => one !== own)) {
      const named = unreadable(
        new RegExp(`${other.stream} of ${other.tenant}.*this is ${own.stream} of ${own.tenant}`),
      );
      expect(thrownBy(() => decodeCheckpoint(encodeCheckpoint(least, other), where, own))).toEqual(named);
      expect(thrownBy(() => decodeRewind(encodeRewind(rewind, other), where, own))).toEqual(named);
    }
  });

  test('is not told by records of format 1', () => {
    expect(decodeCheckpoint(format1, where, owner)).toEqual(decodeCheckpoint(format1, where));
    expect(decodeRewind('{"v":1,"epoch":1,"watermark":"1970-01-01T00:00:00.000Z"}', where, owner)).toEqual({
      epoch: 1,
      watermark: 0,
    });
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

describe('encoding', () => {
  test('fails beyond 4 KB', () => {
    expect(() => encodeCheckpoint({ ...least, lake: 'x'.repeat(3850) }, owner)).not.toThrow();
    expect(() => encodeCheckpoint({ ...least, lake: 'x'.repeat(4000) }, owner)).toThrow(RangeError);
    expect(() => encodeCheckpoint({ ...least, lake: '\u00e9'.repeat(2500) }, owner)).toThrow(RangeError);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 0.5, 9e15])('fails for the instant %d', (watermark) => {
    expect(() => encodeCheckpoint({ ...least, watermark }, owner)).toThrow(RangeError);
  });

  test.each([Number.NaN, -1, 0.5])('fails for the window %d', (window) => {
    expect(() => encodeCheckpoint({ ...least, window }, owner)).toThrow(RangeError);
  });

  test('fails for a field that the format does not have', () => {
    const foreign = { ...least, cursor: 'x' };

    expect(() => encodeCheckpoint(foreign, owner)).toThrow(/no field cursor/);
  });
});
