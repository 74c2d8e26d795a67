import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idOf, type Revisit, revisitLines } from '../../../../../functions/engine/details/revisits/revisit.ts';

const path = 'elevenlabs_transcripts_revisits/tenant=a/revisits.ndjson.gz';
const lines = revisitLines({ key: [['conversation_id']] }, path);
const revisit: Revisit = {
  head: { key: '"conv\\u005f1"', time: '1772366400', version: '"2026-03-01T12:00:00.123456Z"', listed: '1.0a' },
  why: 'open',
  due: Date.parse('2026-03-01T13:00:00Z'),
  tries: 3,
};

describe('the line of a revisit', () => {
  test('begins as that of the detail does, in the vendor’s own bytes', () => {
    expect(lines.write(revisit)).toBe(
      '{"conversation_id":"conv\\u005f1","time":1772366400,"version":"2026-03-01T12:00:00.123456Z","listed":"1.0a","why":"open","due":"2026-03-01T13:00:00.000Z","tries":3}',
    );
  });

  test('comes back as it was written', () => {
    const revisits = fc.record({
      head: fc.record({
        key: fc.oneof(
          fc.string({ minLength: 1, unit: 'grapheme' }).map((text) => JSON.stringify(text)),
          fc.nat().map(String),
        ),
        time: fc.option(fc.nat().map(String), { nil: undefined }),
        version: fc.option(fc.constant('"2026-03-01T12:00:00Z"'), { nil: undefined }),
        listed: fc.stringMatching(/^\d\.[0-9a-f]{24}$/),
      }),
      why: fc.constantFrom('open' as const, 'incomplete' as const, 'late' as const),
      due: fc.nat({ max: 4_000_000_000 }).map((seconds) => seconds * 1000),
      tries: fc.nat({ max: 1000 }),
    });
    fc.assert(
      fc.property(revisits, (written) => {
        expect(lines.read(Buffer.from(lines.write(written)))).toEqual(written);
      }),
    );
  });

  test('has the id that the vendor is asked for, whatever it is written like', () => {
    expect(idOf(revisit.head)).toBe('conv_1');
    expect(idOf({ key: '17' })).toBe('17');
  });

  test.each([
    ['"why":"open"', '"why":"never"'],
    ['"due":"2026-03-01T13:00:00.000Z"', '"due":1772370000'],
    ['"tries":3', '"tries":-1'],
    ['"listed":"1.0a",', ''],
    ['"conversation_id":"conv\\u005f1"', '"conversation_id":null'],
  ])('is refused, by the name of its object, where %s is %s', (before, after) => {
    const line = lines.write(revisit).replace(before, after);

    expect(line).not.toBe(lines.write(revisit));
    expect(() => lines.read(Buffer.from(line))).toThrow(path);
  });
});
