import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ListStreamName, streamDefinition } from '../../../contract/streams.ts';
import { breakLines } from '../../simulator/layout.ts';
import { elevenlabsRows, voiceableRows } from '../../simulator/rows/agents.ts';
import { botRows, vocRows } from '../../simulator/rows/crescendo.ts';
import { instantUs, isoMs, isoUs } from '../../simulator/rows/instants.ts';
import { keyOfOrdinal, ordinalOfKey, scramble, unscramble } from '../../simulator/rows/random.ts';
import { salesloftRows, transcriptionRows } from '../../simulator/rows/salesloft.ts';
import { completeKnobs } from '../../simulator/world/knobs.ts';
import { countInSpan, inOrder } from '../../simulator/world/order.ts';
import { makeTimeline } from '../../simulator/world/timeline.ts';
import { makeWorld, type World, type WorldSettings } from '../../simulator/world/world.ts';
import { DAY_MS } from '../../support/durations.ts';
import { pageOf } from '../../support/vendor/page-of.ts';

const TODAY = Date.UTC(2026, 0, 31);
const knobs = completeKnobs();
const kinds = {
  'crescendo.vocconv': vocRows(5, 'tenant-alpha', () => knobs.crescendo),
  'crescendo.botconv': botRows(6, 'tenant-alpha', () => knobs.crescendo),
  'salesloft.conversations': salesloftRows(5, () => knobs.salesloft),
  'salesloft.transcriptions': transcriptionRows(5, () => knobs.salesloft),
  'voiceable.conversations': voiceableRows(5, () => knobs.voiceable),
  'elevenlabs.conversations': elevenlabsRows(5, () => knobs.elevenlabs),
} as const;
const everyStream = Object.keys(kinds) as ListStreamName[]; // the keys of the object above

function worldOf(stream: ListStreamName, settings: Partial<WorldSettings> = {}): World {
  const base = {
    seed: 5,
    rows: 300,
    days: 30,
    sinceMs: TODAY - 30 * DAY_MS,
    remember: false,
    knobs: () => knobs.crescendo,
  };
  return makeWorld({ ...base, kind: kinds[stream], now: () => TODAY, ...settings });
}
const linesOf = (world: World) => [...world.current()].map((row) => row.line);

test('a key can be turned back into its ordinal, and a foreign key cannot', () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat({ max: 2 ** 40 }), (seed, n) => ordinalOfKey(seed, keyOfOrdinal(seed, n)) === n),
  );
  fc.assert(fc.property(fc.nat({ max: 2 ** 32 - 1 }), (n) => unscramble(scramble(n)) === n));
  expect(ordinalOfKey(1, keyOfOrdinal(2, 77))).toBeUndefined();
});

test('times are rendered as the platform renders them, and read back to the microsecond', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e15 }), fc.constantFrom(0, -240, 330), (us, offset) => {
      expect(isoMs(Math.floor(us / 1000))).toBe(new Date(Math.floor(us / 1000)).toISOString());
      expect(instantUs(isoUs(us, offset))).toBe(us);
    }),
  );
  expect(isoUs(1_520_916_101_550_510, -240)).toBe('2018-03-13T00:41:41.550510-04:00');
});

test('the first row at or after an instant is found by arithmetic, ties or not', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.integer({ min: 1, max: 5000 }),
      fc.constantFrom(1, 1e6, 6e7),
      fc.nat(4e9),
      (seed, rows, grainUs, us) => {
        const timeline = makeTimeline({ seed, rows, days: 1, grainUs });
        const at = Date.UTC(2020, 0, 1) * 1000 + us;

        const first = timeline.firstAtOrAfter(at);

        expect(timeline.atUs(first)).toBeGreaterThanOrEqual(at);
        if (first > 0) expect(timeline.atUs(first - 1)).toBeLessThan(at);
      },
    ),
  );
});

test.each(everyStream)('%s has the asked number of rows, all well-formed, each with its own key', (stream) => {
  const rows = [...worldOf(stream).current()];

  expect(rows.length).toBe(300);
  expect(new Set(rows.map((row) => row.key)).size).toBe(300);
  for (const { line } of rows) expect(() => JSON.parse(line)).not.toThrow();
});

test.each(everyStream)(
  '%s gives the same rows byte for byte when it is started again later, and newer ones',
  (stream) => {
    const since = TODAY - 30 * DAY_MS;
    const first = new Map([...worldOf(stream, { sinceMs: since }).current()].map((row) => [row.key, row]));
    const later = [...worldOf(stream, { sinceMs: since, now: () => TODAY + 2 * DAY_MS }).current()];

    const settled = later.filter((row) => row.time < TODAY - 4 * DAY_MS);

    expect(later.length).toBe(320);
    expect(settled.length).toBeGreaterThan(200);
    for (const row of settled) expect(first.get(row.key)).toEqual(row);
  },
);

test.each(everyStream)('%s shows the fields that the documentation shows', (stream) => {
  const path = `test/fixtures/${stream.replace('.', '-')}.json`;
  const { rows } = pageOf(streamDefinition(stream), JSON.parse(readFileSync(path, 'utf8')));
  const documented = rows.map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()) as object);

  const row = JSON.parse(linesOf(worldOf(stream))[0] ?? '') as object;

  expect(Object.keys(row)).toEqual(expect.arrayContaining(documented.flatMap((example) => Object.keys(example))));
});

test("Voiceable's other row shape shows the fields that its front end reads", () => {
  const page = JSON.parse(readFileSync('test/fixtures/voiceable-conversations-app.json', 'utf8')) as { data: object[] };
  const kind = voiceableRows(5, () => ({ ...knobs.voiceable, rowShape: 'app' }));

  const row = JSON.parse(linesOf(worldOf('voiceable.conversations', { kind }))[0] ?? '') as object;

  expect(Object.keys(row)).toEqual(expect.arrayContaining(page.data.flatMap((example) => Object.keys(example))));
});

/** Rows that are nothing but references are shorter, and say the same id four times. */
const REFERENCES = 'salesloft.transcriptions';

test.each(everyStream.filter((stream) => stream !== REFERENCES))(
  '%s has rows of about a kilobyte that gzip does not make absurdly small',
  (stream) => {
    const lines = linesOf(worldOf(stream, { rows: 3000 }));
    const text = Buffer.from(lines.join('\n'));

    expect(text.length / lines.length).toBeGreaterThan(900);
    expect(text.length / lines.length).toBeLessThan(1600);
    expect(text.length / gzipSync(text).length).toBeGreaterThan(3.5);
    expect(text.length / gzipSync(text).length).toBeLessThan(6.6);
  },
);

test('a Crescendo row gets its summary and its rating some time after its end', () => {
  const world = (now: number) =>
    worldOf('crescendo.botconv', { now: () => now, sinceMs: TODAY - DAY_MS, rows: 9000, days: 1 });
  const fresh = [...world(TODAY).current()].filter((row) => row.time > TODAY - 20_000);
  const key = fresh[0]?.key ?? '';

  const atFirst = JSON.parse(world(TODAY).row(key)?.line ?? '{}') as Record<string, unknown>;
  const tomorrow = JSON.parse(world(TODAY + 2 * DAY_MS).row(key)?.line ?? '{}') as Record<string, unknown>;

  expect(atFirst).toMatchObject({ Summary: null, CSat: null, EndDatetime: null });
  expect(tomorrow['Summary']).toEqual(expect.any(String));
  expect(tomorrow['EndDatetime']).toEqual(expect.any(Number));
});

test('a put, a change and a removal are visible at once, and only there', () => {
  const world = worldOf('crescendo.vocconv', { rows: 3 });
  const [first, second] = [...world.current()];
  const text = '{"ID":"new","n":12345678901234567890,"DatetimeUTC":"2026-01-10T00:00:00.000Z"}';

  world.put(text);
  world.change(first?.key ?? '', { CSat: 1 });
  world.remove(second?.key ?? '');

  expect(world.row('new')?.line).toBe(text);
  expect(JSON.parse(world.row(first?.key ?? '')?.line ?? '{}')).toMatchObject({ CSat: 1 });
  expect(world.row(second?.key ?? '')).toBeUndefined();
  expect([...world.current()].length).toBe(3);
  world.reset();
  expect([...world.current()].map((row) => row.key)).toContain(second?.key);
});

test('a bulk update gives all its rows one version and leaves their times', () => {
  const world = worldOf('salesloft.conversations');
  const before = [...world.current()];
  world.put({ id: 'put', created_at: '2026-01-10T00:00:00Z', updated_at: '2026-01-10T00:00:00Z' });
  const keys = [...before.slice(0, 100).flatMap((row) => row.key ?? []), 'put'];

  world.touch(keys, TODAY - 5000);

  const after = [...world.current()];
  expect(after.filter((row) => row.version === '2026-01-30T23:59:55.000Z').length).toBe(101);
  expect(after.filter((row) => row.key !== 'put').map((row) => row.time)).toEqual(before.map((row) => row.time));
});

test('both orders hold every row once, in both directions, from any place, and agree with a sort', () => {
  const stream = 'salesloft.conversations';
  fc.assert(
    fc.property(fc.nat({ max: 40 }), fc.constantFrom(0, 3_600_000), fc.nat({ max: 79 }), (touched, tieMs, place) => {
      const withTies = { ...knobs.crescendo, tieMs, late: { share: 0.2, byMs: 3 * DAY_MS } };
      const world = worldOf(stream, { rows: 80, days: 5, sinceMs: TODAY - 5 * DAY_MS, knobs: () => withTies });
      const keys = [...world.current()].flatMap((row) => row.key ?? []);
      world.touch(keys.slice(0, touched), TODAY - 77_000);
      world.put({ id: 'x', created_at: '2026-01-29T00:00:00Z', updated_at: '2026-01-29T12:00:00Z' });
      if (keys[60]) world.remove(keys[60]);
      const view = world.view();

      for (const sortBy of ['time', 'version'] as const) {
        const all = [...inOrder(view, sortBy, 'asc', { us: -Infinity, tie: -1 })];
        const back = [...inOrder(view, sortBy, 'desc', { us: Infinity, tie: -1 })];
        const from = all[place % all.length];
        if (!from) throw new Error('no rows');
        expect(all).toEqual([...all].sort((a, b) => a.us - b.us || a.tie - b.tie));
        expect(back).toEqual([...all].reverse());
        expect([...inOrder(view, sortBy, 'asc', from)]).toEqual(all.slice((place % all.length) + 1));
        expect(all.length).toBe(world.count());
        if (sortBy === 'time')
          expect(countInSpan(view, from.us, Infinity)).toBe(all.filter((ref) => ref.us >= from.us).length);
      }
    }),
    { numRuns: 40 },
  );
});

test('breaking lines changes nothing but white space between tokens', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      const broken = breakLines(json, '\r\n');
      expect(JSON.parse(broken)).toEqual(JSON.parse(json));
      expect(JSON.parse(broken.replace(/[\r\n]/g, ''))).toEqual(JSON.parse(json));
    }),
  );
  expect(breakLines('{"a":[1,90071992547409931],"b":{}}', '\n')).toBe(
    '{\n  "a": [\n    1,\n    90071992547409931\n  ],\n  "b": {}\n}',
  );
});
