import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import type { DetailStreamName } from '../../../../contract/streams.ts';
import { DAY_MS } from '../../../support/durations.ts';
import { plainCodec } from '../../../support/run/memory-ports.ts';
import type { DetailLife, Moment } from '../../world/details/detail-life.ts';
import { detailText, type ShownDetail } from '../../world/details/detail-text.ts';
import { listedStateOf } from '../../world/details/listed-state.ts';
import type { LivingRow, VendorLife } from '../../world/life.ts';
import { rowText } from '../../world/row-text.ts';
import { DetailRules } from './detail-rules.ts';

const TIME_MS = Date.parse('2026-03-10T12:00:00Z');
const NOW_MS = TIME_MS + 5 * DAY_MS;

type Had = Pick<Moment, 'is'> & Partial<Pick<ShownDetail, 'open' | 'content'>>;

/** A vendor with one row, `a`, that was listed in as many states as its detail had moments, each of them from then on. */
class Scene {
  readonly rules: DetailRules;
  readonly row: LivingRow;
  readonly #heads: readonly string[];
  readonly #texts: readonly string[];
  #book = Buffer.alloc(0);

  constructor(moments: readonly Had[], stream: DetailStreamName = 'elevenlabs.transcripts', keepsErased = false) {
    const rows = moments.map((_, at) =>
      rowText(stream, {
        id: 'a',
        timeMs: TIME_MS,
        versionUs: (TIME_MS + at) * 1000,
        offsetMinutes: 0,
        open: false,
        value: at,
        fill: 0,
        messages: at,
      }),
    );
    const line = rows.at(-1) ?? '';
    this.row = { id: 'a', timeMs: TIME_MS, line, visible: true } as LivingRow;
    const had = moments.map(({ is, ...how }, at): Moment => {
      const shown = {
        id: 'a',
        moment: at + 1,
        open: false,
        incomplete: false,
        content: 'full',
        fill: 0,
        ...how,
      } as const;
      const to = at + 1 < moments.length ? at + 2 : Number.POSITIVE_INFINITY;
      const span = { from: at + 1, to, fromMs: TIME_MS, toMs: Number.POSITIVE_INFINITY };
      return { ...span, is, ...(is === 'detail' && { shown, text: detailText(stream, shown) }) };
    });
    this.#texts = had.map(({ text = '' }) => text);
    const states = rows.map((row, at) => ({ listed: listedStateOf(stream, row), since: at + 1 }));
    const name = stream.startsWith('salesloft.') ? 'id' : 'conversation_id';
    this.#heads = rows.map((row, at) => {
      const { start_time_unix_secs: time, created_at: created, updated_at: version } = JSON.parse(row);
      return JSON.stringify({ [name]: 'a', time: time ?? created, version, listed: states[at]?.listed }).slice(0, -1);
    });
    const life = {
      rows: new Map([['a', this.row]]),
      history: new Map([['a', rows]]),
      byVersion: false,
    } as unknown as VendorLife;
    this.rules = new DetailRules({
      stream,
      life,
      details: { of: new Map([['a', { states, moments: had }]]) } as unknown as DetailLife,
      startMs: 0,
      keepsErased,
      clocksAreRight: true,
      oversizedBytes: undefined,
      now: () => NOW_MS,
      objectAt: () => this.#book,
    });
  }

  /** A line of the state, with the detail of the moment, both counted from 1. */
  line(state: number, moment: number, gone = ''): string {
    return `${this.#heads[state - 1]}${gone},"detail":${this.#texts[moment - 1]}}`;
  }

  marker(state: number, why: string): string {
    return `${this.#heads[state - 1]},${why}}`;
  }

  async noteInBook(): Promise<void> {
    this.#book = Buffer.from(await plainCodec.pack(Buffer.from(`${this.#heads[0]}}\n`)));
  }

  isTrue(line: string): boolean {
    return this.rules.ageOf('a', line) >= 0;
  }
}

const detail: Had = { is: 'detail' };

describe('a line', () => {
  test('is true with what the vendor had while its row was listed so, or later', () => {
    const scene = new Scene([detail, detail]);

    expect(
      [scene.line(1, 1), scene.line(1, 2), scene.line(2, 2), scene.line(2, 1)].map((line) => scene.isTrue(line)),
    ).toEqual([true, true, true, false]);
    expect(scene.isTrue(scene.line(1, 1).replace('"time"', '"when"'))).toBe(false);
    expect(scene.isTrue(scene.line(1, 1).replace('m1', 'm3'))).toBe(false);
  });

  test.each<[string, Had, boolean, boolean]>([
    ['gone', { is: 404 }, false, false],
    ['empty', { is: 'detail', content: 'empty' }, false, true],
    ['erased', { is: 'detail', content: 'erased' }, false, false],
    ['erased, and to be kept', { is: 'detail', content: 'erased' }, true, true],
  ])('of a newer state has an older detail where the one since is %s', (_, since, keepsErased, isTrue) => {
    const scene = new Scene([detail, since], 'elevenlabs.transcripts', keepsErased);

    expect(scene.isTrue(scene.line(2, 1))).toBe(isTrue);
    expect(scene.isTrue(scene.line(2, 1, ',"gone":404'))).toBe(since.is === 404);
  });

  test('says that there is none only where there was none', () => {
    expect(new Scene([{ is: 404 }]).isTrue(new Scene([{ is: 404 }]).marker(1, '"gone":404'))).toBe(true);
    expect(new Scene([detail]).isTrue(new Scene([detail]).marker(1, '"gone":404'))).toBe(false);
    expect(new Scene([detail]).isTrue(new Scene([detail]).marker(1, '"failed":502'))).toBe(true);
  });
});

describe('a line that takes the place of another', () => {
  test('may not be a marker, an empty one, or an older one of the same state', () => {
    const scene = new Scene([detail, detail, { is: 'detail', content: 'empty' }]);
    const step = (before: string, after: string) => scene.rules.wrongStep('a', before, after);

    expect(step(scene.line(1, 1), scene.line(2, 2))).toBeUndefined();
    expect(step(scene.marker(1, '"failed":502'), scene.line(1, 1))).toBeUndefined();
    expect(step(scene.line(1, 1), scene.marker(1, '"failed":502'))).toMatch(/^a lost its detail to a marker/);
    expect(step(scene.line(2, 2), scene.line(3, 3))).toMatch(/^a was emptied/);
    expect(step(scene.line(1, 2), scene.line(1, 1))).toMatch(/^a got an older detail of the same state/);
  });
});

describe('an id whose line is not the last word', () => {
  const wrong = (scene: Scene, line: string) => scene.rules.wrongWith(undefined, [['a', line]]);

  test.each([
    ['a marker', (scene: Scene) => scene.marker(1, '"failed":502')],
    ['open', (scene: Scene) => scene.line(1, 1)],
  ])('is in the book where it is %s', async (_, lineOf) => {
    const scene = new Scene([{ ...detail, open: true }]);

    expect(wrong(scene, lineOf(scene))).toMatch(/^nobody is to ask for a again/);
    await scene.noteInBook();
    expect(wrong(scene, lineOf(scene))).toBeUndefined();
  });

  test('need not be in it once it is final', () => {
    const scene = new Scene([detail]);

    expect(wrong(scene, scene.line(1, 1))).toBeUndefined();
  });
});

describe('in the end', () => {
  const atEnd = (scene: Scene, line: string) => scene.rules.wrongAtEnd(scene.row, line);

  test('a detail is of the newest state, and final where the vendor’s is', () => {
    const scene = new Scene([{ ...detail, open: true }, detail]);

    expect(atEnd(scene, scene.line(2, 2))).toBeUndefined();
    expect(atEnd(scene, scene.line(1, 1))).toMatch(/^a is of an older state/);
    expect(atEnd(scene, scene.marker(2, '"failed":502'))).toMatch(/^a has a marker and no detail/);
  });

  test('one that cannot be had may be what it was', () => {
    const scene = new Scene([detail, { is: 502 }]);

    expect(atEnd(scene, scene.line(1, 1))).toBeUndefined();
    expect(atEnd(scene, scene.marker(2, '"failed":502'))).toBeUndefined();
  });
});
