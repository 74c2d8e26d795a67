import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { type DetailStreamName, listStream } from '../../../contract/streams.ts';
import { ask, type RawResponse, rowsOf } from '../../simulator/client.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/simulator.ts';
import type { DetailKnobs } from '../../simulator/world/knobs.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../support/durations.ts';

const NOON = Date.UTC(2026, 0, 31, 12);
const WHOLE = ['salesloft.conversation_details', 'voiceable.transcripts', 'elevenlabs.transcripts'] as const;
const SENTENCES = 'salesloft.transcript_sentences';
const EVERY = [...WHOLE, SENTENCES] as const;
const parts: Readonly<Partial<Record<DetailStreamName, string>>> = {
  'salesloft.conversation_details': '/extensive',
  [SENTENCES]: '/sentences',
};
let running: Simulator | undefined;
let now = NOON;

afterEach(async () => {
  await running?.close();
  running = undefined;
  now = NOON;
});

async function start(details: Partial<DetailKnobs> = {}, options: SimulatorOptions = {}): Promise<Simulator> {
  const knobs = { salesloft: { details, pointsPerMinute: undefined }, voiceable: { details }, elevenlabs: { details } };
  running = await startSimulator({ seed: 4, rows: 300, days: 30, now: () => now, knobs, remember: true, ...options });
  return running;
}

/** Asks for a detail of a stream, the documented way. */
function askFor(simulator: Simulator, stream: DetailStreamName, key: string, query: Record<string, string> = {}) {
  return ask(simulator, listStream(stream), query, { path: `/${encodeURIComponent(key)}${parts[stream] ?? ''}` });
}

/** What a response of one detail holds. */
function detailOf(stream: DetailStreamName, { body }: RawResponse): Readonly<Record<string, unknown>> {
  const detail = stream === 'elevenlabs.transcripts' ? body : body?.['data'];
  return detail as Readonly<Record<string, unknown>>;
}

const keysOf = (simulator: Simulator, stream: DetailStreamName) =>
  [...simulator.world(stream).current()].flatMap(({ key }) => key ?? []);
const finished = (simulator: Simulator, stream: DetailStreamName) =>
  [...simulator.world(stream).current()].find(({ line }) => /"status":"(done|completed)"/.test(line))?.key ?? '';

describe.each(WHOLE)('%s', (stream) => {
  test('shows the fields that the documentation shows', async () => {
    const simulator = await start();
    const documented = readFileSync(`test/fixtures/${stream.replace('.', '-')}.json`, 'utf8');
    const wanted: Readonly<Record<string, unknown>> = JSON.parse(documented);
    const key = keysOf(simulator, stream)[3] ?? '';

    const response = await askFor(simulator, stream, key);

    const example = stream === 'elevenlabs.transcripts' ? wanted : (wanted['data'] as object);
    expect(Object.keys(detailOf(stream, response))).toEqual(expect.arrayContaining(Object.keys(example)));
    expect(simulator.details(stream).text(key)).toBe(JSON.stringify(detailOf(stream, response)));
  });

  test('is the detail of another id, large, or broken, when asked for', async () => {
    const simulator = await start({ otherIds: 1 });
    const [key = ''] = keysOf(simulator, stream);
    const other = await askFor(simulator, stream, key);
    const source = stream.split('.')[0] as 'salesloft' | 'voiceable' | 'elevenlabs';
    simulator.turn({ [source]: { details: { large: { share: 1, bytes: 100_000 } } } });
    const large = await askFor(simulator, stream, finished(simulator, stream) || key);
    simulator.turn({ [source]: { details: { broken: 1 } } });
    const broken = await askFor(simulator, stream, key);

    const { id, conversation_id } = detailOf(stream, other);
    expect([other.status, conversation_id ?? id]).toEqual([200, `${key}0`]);
    expect(large.text.length).toBeGreaterThan(100_000);
    expect(broken.status).toBe(502);
  });
});

describe.each(EVERY)('details of %s', (stream) => {
  test('follow the list late, come late and go, when asked for', async () => {
    const simulator = await start({
      late: { share: 1, byMs: HOUR_MS },
      gone: { share: 1, afterMs: 5 * DAY_MS },
    });
    const rows = [...simulator.world(stream).current()];
    const statusAt = async (ageMs: number) => {
      now = (rows.at(-1)?.time ?? 0) + ageMs;
      return (await askFor(simulator, stream, rows.at(-1)?.key ?? '')).status;
    };

    expect([await statusAt(HOUR_MS / 2), await statusAt(2 * HOUR_MS), await statusAt(6 * DAY_MS)]).toEqual([
      404, 200, 404,
    ]);
  });

  test('show an earlier state, and nothing of a row that is younger, when asked for', async () => {
    const simulator = await start({ behindMs: HOUR_MS });
    const { key = '', time = 0 } = [...simulator.world(stream).current()].at(-1) ?? {};
    const status = async (ageMs: number) => {
      now = time + ageMs;
      return (await askFor(simulator, stream, key)).status;
    };

    expect(await status(30 * MINUTE_MS)).not.toBe(200);
    expect(await status(61 * MINUTE_MS)).toBe(200);
  });

  test('can be put and refused, and are remembered with the state of the list in which they were sent', async () => {
    const simulator = await start();
    const details = simulator.details(stream);
    const [key = '', second = ''] = keysOf(simulator, stream);
    const given = stream === SENTENCES ? '[{"id":"x","text":"Hello."}]' : '{"id":"x"}';

    details.refuse(second, 410);
    const refused = await askFor(simulator, stream, second);
    await askFor(simulator, stream, key);
    details.put(key, given);
    await askFor(simulator, stream, key);

    const state = details.stateOf(simulator.world(stream).row(key)?.line ?? '');
    expect(refused.status).toBe(410);
    expect(details.sent().get(key)).toEqual([
      { state, text: expect.any(String), page: 1 },
      { state, text: given, page: 1 },
    ]);
    expect(details.asked()).toBe(3);
    details.put(key, undefined);
    expect(details.text(key)).toBe(details.sent().get(key)?.[0]?.text);
  });
});

test.each(['voiceable.transcripts', 'elevenlabs.transcripts'] as const)(
  'a transcript of %s is the same whatever is noted at its row, and another where that tells so',
  async (stream) => {
    const simulator = await start({ turnsInList: 'none' });
    const details = simulator.details(stream);
    const world = simulator.world(stream);
    const key = finished(simulator, stream);
    const state = () => details.stateOf(world.row(key)?.line ?? '');
    const before = { state: state(), text: details.text(key) };

    world.change(key, { note: 'x' });
    expect(state()).toBe(before.state);
    world.change(key, { rating: 3 });

    expect(state()).not.toBe(before.state);
    expect(details.text(key)).not.toBe(before.text);
  },
);

describe('a transcript of ElevenLabs', () => {
  const stream = 'elevenlabs.transcripts';

  test('has no analysis for a while after the call has ended', async () => {
    const simulator = await start({ analysisLate: { share: 1, byMs: 3 * HOUR_MS } });
    const key = finished(simulator, stream);
    const { time = 0 } = simulator.world(stream).row(key) ?? {};
    const analysis = async (ageMs: number) => {
      now = time + ageMs;
      return detailOf(stream, await askFor(simulator, stream, key))['analysis'];
    };

    expect(await analysis(HOUR_MS)).toBeNull();
    expect(await analysis(4 * HOUR_MS)).toMatchObject({ transcript_summary: expect.any(String) });
  });

  test.each([true, false])('loses its turns after a while, told: %s', async (told) => {
    const simulator = await start({ emptied: { share: 1, afterMs: DAY_MS, told } });
    const key = finished(simulator, stream);
    const { time = 0 } = simulator.world(stream).row(key) ?? {};
    now = time + 2 * DAY_MS;

    const detail = detailOf(stream, await askFor(simulator, stream, key));
    const row = JSON.parse(simulator.world(stream).row(key)?.line ?? '') as Readonly<Record<string, unknown>>;

    const deletedAt = told ? expect.any(Number) : null;
    expect(detail).toMatchObject({ transcript: [], metadata: { deletion_settings: {} } });
    expect(detail['metadata']).toMatchObject({
      deletion_settings: { deleted_transcript_at_time_unix_secs: deletedAt },
    });
    expect(row['user_message_count'] === null).toBe(told);
  });

  test('has links that are signed anew with every response', async () => {
    const simulator = await start({ signedLinks: true });
    const key = finished(simulator, stream);

    const [first, second] = [await askFor(simulator, stream, key), await askFor(simulator, stream, key)];

    expect(first.text).not.toBe(second.text);
    expect(first.text.replace(/sig=\w+/, '')).toBe(second.text.replace(/sig=\w+/, ''));
  });

  test('of a chat goes on for ten days', async () => {
    const simulator = await start({ longCalls: { share: 1, forMs: 10 * DAY_MS, beforeMs: NOON } });
    const { key = '', time = 0 } = [...simulator.world(stream).current()].at(-1) ?? {};
    const statusAt = async (ageMs: number) => {
      now = time + ageMs;
      return detailOf(stream, await askFor(simulator, stream, key))['status'];
    };

    expect(await statusAt(9 * DAY_MS)).toBe('in-progress');
    expect(['done', 'failed']).toContain(await statusAt(11 * DAY_MS));
  });

  test('is refused in the words of the vendor where there is none', async () => {
    const simulator = await start();

    const none = await askFor(simulator, stream, 'conv_none');

    expect([none.status, none.body]).toMatchObject([404, { detail: { status: 'conversation_not_found' } }]);
  });
});

describe('a transcript of Voiceable', () => {
  const stream = 'voiceable.transcripts';

  test('of an unknown id is an error of the upstream', async () => {
    const simulator = await start();

    const none = await askFor(simulator, stream, 'conv_none');

    expect([none.status, none.body]).toMatchObject([502, { error: 'ElevenLabs API error' }]);
  });

  test('stands in the list as well, or not, as asked', async () => {
    const simulator = await start();
    const turns = async () => {
      const rows = rowsOf(await ask(simulator, listStream(stream)));
      return rows.map((row) => (row['transcript'] as readonly unknown[]).length);
    };
    const some = await turns();
    simulator.turn({ voiceable: { details: { turnsInList: 'none' } } });

    expect(new Set(some)).toEqual(new Set([3]));
    expect(new Set(await turns())).toEqual(new Set([0]));
  });

  test('has the shape of the front end where the list has it', async () => {
    const simulator = await start({}, { knobs: { voiceable: { rowShape: 'app' } } });
    const [key = ''] = keysOf(simulator, stream);

    const detail = detailOf(stream, await askFor(simulator, stream, key));

    expect(detail).toMatchObject({
      id: key,
      transcript: expect.arrayContaining([{ role: 'user', message: expect.any(String), time_in_call_secs: 9 }]),
    });
    expect(detail).not.toHaveProperty('conversation_id');
  });
});

describe('the sentences of a transcription', () => {
  const pagingOf = ({ body }: RawResponse) =>
    (body as { readonly metadata: { readonly paging: Readonly<Record<string, unknown>> } }).metadata.paging;

  test('come 25 a page unless told, at most 100, with a next page for as long as there is one', async () => {
    const simulator = await start();
    const details = simulator.details(SENTENCES);
    const long = keysOf(simulator, SENTENCES).find((key) => JSON.parse(details.text(key) ?? '[]').length > 110) ?? '';

    const bare = await askFor(simulator, SENTENCES, long);
    const first = await askFor(simulator, SENTENCES, long, { per_page: '1000', page: '0' });
    const second = await askFor(simulator, SENTENCES, long, {
      per_page: '100',
      page: '2',
      include_paging_counts: 'true',
    });

    expect([bare, first, second].map((page) => rowsOf(page).length)).toEqual([25, 100, expect.any(Number)]);
    expect(pagingOf(first)).toEqual({ per_page: 100, current_page: 1, next_page: 2, prev_page: null });
    expect(pagingOf(second)).toMatchObject({ current_page: 2, prev_page: 1, total_count: expect.any(Number) });
    expect(JSON.stringify([...rowsOf(first), ...rowsOf(second)])).toBe(
      JSON.stringify((JSON.parse(details.text(long) ?? '') as unknown[]).slice(0, 200)),
    );
    expect(details.asked()).toBe(2);
  });

  test('show the fields of the documentation, all with the id of the transcription, and some transcriptions have none', async () => {
    const simulator = await start();
    const [documented] = (
      JSON.parse(readFileSync('test/fixtures/salesloft-transcript_sentences.json', 'utf8')) as { data: object[] }
    ).data;
    const all = keysOf(simulator, SENTENCES).map((key): Readonly<Record<string, unknown>>[] =>
      JSON.parse(simulator.details(SENTENCES).text(key) ?? ''),
    );

    const lengths = new Set(all.map(({ length }) => length));
    const ofOne = all.find(({ length }) => length > 3) ?? [];
    expect([0, 100, 200].filter((length) => !lengths.has(length))).toEqual([]);
    expect(Object.keys(ofOne[0] ?? {})).toEqual(Object.keys(documented ?? {}));
    expect(new Set(ofOne.map(({ id }) => id)).size).toBe(1);
  });

  test('are others in another version of the transcription', async () => {
    const simulator = await start();
    const details = simulator.details(SENTENCES);
    const keys = keysOf(simulator, SENTENCES).slice(0, 20);
    const before = keys.map((key) => details.text(key));

    now += MINUTE_MS;
    for (const key of keys) simulator.world(SENTENCES).change(key, {});

    expect(keys.filter((key, index) => details.text(key) !== before[index]).length).toBeGreaterThan(5);
  });

  test('come in pages of another length than asked for, and name a next page for ever, when asked for', async () => {
    const simulator = await start({ ignoresPaging: true });
    const [key = ''] = keysOf(simulator, SENTENCES);

    const short = await askFor(simulator, SENTENCES, key, { per_page: '100' });
    simulator.turn({ salesloft: { nextPage: 'always', details: {} } });
    const behind = await askFor(simulator, SENTENCES, key, { per_page: '100', page: '9' });

    expect(pagingOf(short)).toMatchObject({ per_page: 25 });
    expect([rowsOf(behind), pagingOf(behind)]).toMatchObject([[], { next_page: 10 }]);
  });
});

test('summaries of a conversation of Salesloft come after a while, without a new version of its row', async () => {
  const stream = 'salesloft.conversation_details';
  const simulator = await start({ summaryAfterMs: 3 * HOUR_MS });
  const { key = '', time = 0 } = [...simulator.world(stream).current()].at(-1) ?? {};
  const summaryAt = async (ageMs: number) => {
    now = time + ageMs;
    return detailOf(stream, await askFor(simulator, stream, key))['summary'];
  };

  expect(await summaryAt(HOUR_MS)).toMatchObject({ text: null, status: 'pending' });
  expect(await summaryAt(4 * HOUR_MS)).toMatchObject({ text: expect.any(String), status: 'completed' });
});
