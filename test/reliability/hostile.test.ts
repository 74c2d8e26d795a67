import { Buffer } from 'node:buffer';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { objectKey } from '../../contract/layout.ts';
import { type StreamName, streamDefinition } from '../../contract/streams.ts';
import { openDesk } from '../integration/cli/cli-fixture.ts';
import { type Reply, startVendor } from '../integration/http/http-fixture.ts';
import { testFolder } from '../support/lake/file-lake.ts';
import { type LiveRun, lakeLines, liveRun } from '../support/run/live-export.ts';
import { testScene } from '../support/run/scene.ts';

const NOW = Date.parse('2026-05-20T10:30:00Z');
const TODAY = '2026-05-20';
const KEY = 'key-0123456789';
const MB = 1024 * 1024;
/** Peak memory of a whole process; Node alone takes some 60, the undici and zlib of a run some 60 more. */
const SMALL_MACHINE_MB = 640;

/** Control characters other than the line feed. */
const UNPRINTABLE = /(?!\n)\p{Cc}/u;

const CURSOR_STREAMS = ['crescendo.vocconv', 'voiceable.conversations', 'elevenlabs.conversations'] as const;
type CursorStream = (typeof CURSOR_STREAMS)[number];

/** A page of a vendor, with the rows' text and the next cursor as they are given. */
const pages: Readonly<Record<CursorStream, (rows: string, next?: string) => string>> = {
  'crescendo.vocconv': (rows, next) => `{"total":0,"cursor":{"next":${JSON.stringify(next ?? null)}},"data":[${rows}]}`,
  'voiceable.conversations': (rows, next) =>
    `{"data":[${rows}],"cursor":${JSON.stringify(next ?? null)},"has_more":${next !== undefined}}`,
  'elevenlabs.conversations': (rows, next) =>
    `{"conversations":[${rows}],"next_cursor":${JSON.stringify(next ?? null)},"has_more":${next !== undefined}}`,
};

const page = pages['crescendo.vocconv'];
const row = (id: string, more = '') => `{"ID":"${id}","DatetimeUTC":"${TODAY}T10:00:00Z"${more}}`;
const body =
  (bytes: string | Uint8Array): Reply =>
  (_, response) =>
    response.end(bytes);

/** An export of the last hour from a vendor that gives these replies, into a lake of its own. */
async function exportFrom(
  replies: readonly Reply[],
  stream: StreamName = 'crescendo.vocconv',
  how: Partial<LiveRun> = {},
) {
  const vendor = await startVendor(...replies);
  const lake = await testFolder();
  const simulator = { apiKey: KEY, tenant: 'tenant-alpha', since: NOW - 3_600_000, baseUrl: () => vendor.origin };
  const summary = await liveRun({ simulator, stream, lake, now: NOW, ...how });
  const lines = await lakeLines(lake, streamDefinition(stream).table);
  return { summary, lines: lines.map(({ line }) => line), requests: vendor.requests };
}

interface Ended {
  readonly outcome: string;
  readonly read: number;
  readonly code?: string;
  readonly message?: string;
  readonly peakMb: number;
}

/** The same in a process of its own. */
async function exportAlone(reply: Reply, lake?: string): Promise<Ended> {
  const vendor = await startVendor(reply);
  const folder = lake ?? (await testFolder());
  const script = join(import.meta.dirname, 'support/export-process.ts');
  const child = fork(script, [vendor.origin, 'crescendo.vocconv', folder, String(NOW)], { execArgv: [] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [ended] = await once(child, 'message');
  return ended;
}

describe('a page of 64 MB', () => {
  test('is exported, in memory that a small machine has', async () => {
    const rows = Array.from({ length: 64 * 1024 }, (_, n) => row(`${n}`, `,"text":"${'x'.repeat(960)}"`));

    const { outcome, read, peakMb } = await exportAlone(body(page(rows.join(','))));

    expect({ outcome, read }).toEqual({ outcome: 'caught up', read: rows.length });
    expect(peakMb).toBeLessThan(SMALL_MACHINE_MB);
  });

  test('that is all tiny rows is refused before their number fills the memory', async () => {
    const { outcome, code, message, peakMb } = await exportAlone(body(page('0,'.repeat(32 * MB).slice(0, -1))));

    expect({ outcome, code }).toEqual({ outcome: 'failed', code: 'body-unexpected' });
    expect(message).toContain('at most 1000000 rows');
    expect(peakMb).toBeLessThan(2 * SMALL_MACHINE_MB);
  });

  test('that unpacks to a gigabyte is refused at the limit', async () => {
    const part = gzipSync(Buffer.alloc(64 * MB, ' '), { level: 1 });
    const bomb: Reply = (_, response) =>
      response
        .writeHead(200, { 'content-encoding': 'gzip' })
        .end(Buffer.concat(Array.from({ length: 16 }, () => part)));

    const { outcome, code, message, peakMb } = await exportAlone(bomb);

    expect({ outcome, code }).toEqual({ outcome: 'failed', code: 'response-too-large' });
    expect(message).toContain('larger than 268435456 bytes; configure a smaller pageSize');
    expect(peakMb).toBeLessThan(SMALL_MACHINE_MB);
  });
});

const DEPTH = 100_000;
const DEEP_ARRAY = '['.repeat(DEPTH) + ']'.repeat(DEPTH);
const DEEP_OBJECT = `${'{"a":'.repeat(DEPTH)}0${'}'.repeat(DEPTH)}`;

describe('JSON nested 100,000 levels deep', () => {
  test.each([
    ['in a row', `,"x":${DEEP_ARRAY},"y":${DEEP_OBJECT}`],
    ['in a field that the engine reads', `,"ID":${DEEP_OBJECT},"DatetimeUTC":${DEEP_ARRAY}`],
  ])('%s comes out as it went in', async (_, more) => {
    const rows = [row('a', more), `{"ID":${DEEP_OBJECT}}`, `{"ID":"b","DatetimeUTC":${DEEP_ARRAY}}`];

    const { summary, lines } = await exportFrom([body(page(rows.join(',')))]);

    expect(summary.error).toBeUndefined();
    expect(lines.sort()).toEqual(rows.sort());
  });

  test('in an envelope is passed over', async () => {
    const { summary, lines } = await exportFrom([
      body(page(row('a')).replace('{', `{"deep":${DEEP_ARRAY},"more":${DEEP_OBJECT},`)),
    ]);

    expect(summary.error).toBeUndefined();
    expect(lines).toEqual([row('a')]);
  });

  test.each(['crescendo.vocconv', 'salesloft.conversations', ...CURSOR_STREAMS.slice(1)] as const)(
    'in an envelope that %s does not send fails with its own error, not with that of the stack',
    async (stream) => {
      for (const deep of [DEEP_ARRAY, DEEP_OBJECT]) {
        for (const wrong of [
          deep,
          `{"data":[],"metadata":${deep},"cursor":${deep},"status":${deep},"total":${deep}}`,
        ]) {
          const { summary } = await exportFrom([body(wrong)], stream);

          expect(summary.error).toMatchObject({ code: 'body-unexpected' });
          expect(summary.error?.message.length).toBeLessThan(600);
        }
      }
    },
  );

  test('in an error body is no message', async () => {
    const { summary } = await exportFrom([
      (_, response) => response.writeHead(404).end(`{"message":${DEEP_OBJECT.slice(0, 50_000)}`),
    ]);

    expect(summary.error).toMatchObject({ code: 'request-refused' });
  });
});

describe('bytes', () => {
  const around = (bytes: readonly number[]) => {
    const [before = '', after = ''] = page(row('a', ',"text":"?"')).split('?');
    return Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
  };

  test.each([
    ['a byte that begins nothing', [0xff]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate in UTF-8', [0xed, 0xa0, 0x80]],
    ['the beginning of a letter', [0xe2, 0x82]],
    ['a raw NUL', [0]],
    ['a raw line feed in a string', [0x0a]],
    ['a raw escape character', [0x1b]],
  ])('that no JSON text may hold fail the page, none of whose rows is taken: %s', async (_, bytes) => {
    const { summary, lines } = await exportFrom([body(around(bytes))]);

    expect(summary.error).toMatchObject({
      code: 'body-unexpected',
      message: expect.stringContaining('crescendo.vocconv'),
    });
    expect(lines).toEqual([]);
  });

  test('of a byte order mark before the page are not a part of it', async () => {
    const { lines } = await exportFrom([body(`\ufeff${page(row('a'))}`)]);

    expect(lines).toEqual([row('a')]);
  });

  test('of lone surrogates, NUL, line separators and a BOM within strings stay as they are', async () => {
    const more = [
      ',"text":"\\ud800 \\udfff \\ud83d\\ude00"',
      ',"\\ud800":1,"\\udc00":2,"\\u0000":3',
      ',"text":"\\u0000\\u0001\\u001b[31m\\u007f"',
      ',"text":"\u2028\u2029\ufeff\u0085\u007f"',
      ',"__proto__":{"a":1},"constructor":2',
    ];
    const rows = [...more.map((each, n) => row(`${n}`, each)), row('\\ud800'), row('\\ud801'), row('\\u0000')];

    const { summary, lines } = await exportFrom([body(page(rows.join(',')))]);

    expect(summary.error).toBeUndefined();
    expect(lines.sort()).toEqual(rows.sort());
  });
});

/** An object that another program put into the lake. */
async function lakeWith(bytes: Uint8Array): Promise<{ lake: string; key: string }> {
  const lake = await testFolder();
  const key = objectKey({ table: 'crescendo_vocconv', tenant: 'tenant-alpha', dt: TODAY });
  await mkdir(dirname(join(lake, key)), { recursive: true });
  await writeFile(join(lake, key), bytes);
  return { lake, key };
}

describe('an object of some kilobytes that unpacks to far more', () => {
  const sameRow = Buffer.from(`${row('a')}\n`.repeat(200_000));
  const bombs: readonly (readonly [string, Uint8Array, number])[] = [
    ['one endless line', Buffer.alloc(64 * MB, 'x'), 16],
    ['blank lines', Buffer.alloc(64 * MB, '\n'), 16],
    ['millions of short lines, all alike', Buffer.from('[0]\n'.repeat(16 * MB)), 4],
    ['a row, millions of times', sameRow, 100],
  ];

  test.each(bombs)(
    'fails the stream, is named, left alone, and costs no memory to speak of: %s',
    async (_, part, times) => {
      const packed = gzipSync(part, { level: 9 });
      const bytes = Buffer.concat(Array.from({ length: times }, () => packed));
      const { lake, key } = await lakeWith(bytes);

      const { outcome, code, message, peakMb } = await exportAlone(body(page(row('a'))), lake);

      expect({ outcome, code }).toEqual({ outcome: 'failed', code: 'object-corrupt' });
      expect(message).toContain(key);
      expect(peakMb).toBeLessThan(SMALL_MACHINE_MB);
      expect((await readFile(join(lake, key))).equals(bytes)).toBe(true);
    },
  );
});

describe('a cursor', () => {
  const cursors = [
    'a\r\nx-evil: 1\r\n\r\nGET /evil HTTP/1.1',
    'a b\tc',
    'a&limit=1&from=2020-01-01',
    'a#b',
    'a%0d%0ab%2f',
    'a+b/c==?d;e,f',
    '../../../etc/passwd',
    'ключ 鍵 😀',
    '\u0000\u001b[31m',
    '__proto__',
  ];

  test.each(
    CURSOR_STREAMS.flatMap((stream) => cursors.map((cursor) => ({ stream, cursor, shown: JSON.stringify(cursor) }))),
  )('of $stream goes back as it came, whatever is in it: $shown', async ({ stream, cursor }) => {
    const { summary, requests } = await exportFrom([body(pages[stream]('', cursor)), body(pages[stream](''))], stream);

    const [first, second] = requests;
    const query = new URL(second?.url ?? '', 'http://vendor').searchParams;
    expect(summary.outcome).toBe('caught up');
    expect(requests).toHaveLength(2);
    expect(query.getAll('cursor')).toEqual([cursor]);
    expect(query.getAll('limit').length).toBeLessThan(2);
    expect(Object.keys(second?.headers ?? {}).sort()).toEqual(Object.keys(first?.headers ?? {}).sort());
    expect(second?.url).toMatch(/^[\x21-\x7e]+$/);
  });

  test('with a lone surrogate, which no URL can hold, goes back as near as can be', async () => {
    const { requests } = await exportFrom([body(page('', 'a\ud800')), body(page(''))]);

    expect(new URL(requests[1]?.url ?? '', 'http://vendor').searchParams.get('cursor')).toBe('a\ufffd');
  });

  test('of a megabyte, which no server takes, fails with a message that does not show it', async () => {
    const { summary, requests } = await exportFrom([body(page('', 'c'.repeat(MB))), body(page(''))]);

    expect(summary.outcome).toBe('failed');
    expect(summary.error).toMatchObject({ code: 'request-refused', status: 431 });
    expect(summary.error?.message.length).toBeLessThan(300);
    expect(requests).toHaveLength(1);
  });
});

describe('a tenant', () => {
  const names = [
    '../x',
    'a/b',
    'a\\b',
    '.',
    '..',
    '',
    '%2e%2e',
    'x'.repeat(129),
    'Ω',
    'a\nb',
    'dt=2026-01-01',
    'a\u001b[31m',
    'a\0',
    '.tmp',
  ];

  test('whose name could lead elsewhere is refused by the command line, and nothing is written', async () => {
    const { folder, run } = await openDesk(['crescendo.vocconv']);
    const base = { stream: 'crescendo.vocconv', credential: 'env:VENDOR_KEY', start: '2026-01-01T00:00:00Z' };
    const streams = names.map((tenant) => ({ ...base, tenant }));
    await writeFile(join(folder, 'convlake.config.json'), JSON.stringify({ stage: 'test', lake: './lake', streams }));

    const { status, stdout, stderr } = await run(['export']);

    expect(status).toBe(2);
    for (const index of names.keys()) expect(stderr).toContain(`streams[${index}].tenant`);
    expect(stderr).not.toMatch(UNPRINTABLE);
    expect(stdout).toBe('');
    expect(await readdir(folder)).toEqual(['convlake.config.json']);
  });
});

describe('a redirect', () => {
  test.each([
    'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
    'http://[fd00:ec2::254]/latest/meta-data/',
    '//169.254.170.2/v2/credentials',
    'http://127.0.0.1:9/',
    'http://localhost.:80/',
    'https://127.0.0.1/',
    'file:///etc/passwd',
    'data:application/json,{"data":[]}',
  ])('to %s is refused', async (to) => {
    const { summary, requests } = await exportFrom([(_, response) => response.writeHead(302, { location: to }).end()]);

    expect(summary.error).toMatchObject({ code: 'redirect-refused', recovery: 'stop-stream' });
    expect(requests).toHaveLength(1);
  });

  test('to another port of the same host does not take the credential there', async () => {
    const elsewhere = await startVendor(body(page('')));
    const { summary } = await exportFrom([
      (_, response) => response.writeHead(307, { location: elsewhere.origin }).end(),
    ]);

    expect(summary.error).toMatchObject({ code: 'redirect-refused' });
    expect(elsewhere.requests).toHaveLength(0);
  });
});

describe("a vendor's error message", () => {
  const awkwardKey = 'pä ss+w/rd=0123';
  const said = (key: string) =>
    `${'x '.repeat(70)}\u001b[31mno\r\n\u0007 key ${key} or ${encodeURIComponent(key)}\u009b2J ${'y '.repeat(120)}`;
  const shapes: readonly (readonly [StreamName, (message: string) => unknown])[] = [
    ['crescendo.vocconv', (message) => ({ code: 'Bad', message })],
    ['salesloft.conversations', (message) => ({ error: message, errors: { page: [message] } })],
    ['voiceable.conversations', (message) => ({ status: { code: 400, message }, error: message, errors: [message] })],
    ['elevenlabs.conversations', (message) => ({ detail: [{ loc: ['query', message], msg: message }] })],
  ];

  test.each(shapes)('of %s shows no credential and nothing that a terminal obeys', async (stream, shape) => {
    for (const status of [400, 401, 500]) {
      const scene = await testScene({ stream, rows: 20 });
      const apiKey = awkwardKey;
      const text = JSON.stringify(shape(said(apiKey)));
      scene.turn({ faults: () => ({ kind: 'status', status, body: text }) });

      const { error } = await scene.run({ simulator: { ...scene.simulator, apiKey } });

      expect(error?.message).toContain('no key');
      expect(error?.message).not.toMatch(/\p{Cc}|ss.w|0123/u);
    }
  });

  test('that would be cut within the credential shows no part of it', async () => {
    const scene = await testScene({ stream: 'crescendo.vocconv', rows: 20 });
    const { apiKey } = scene.simulator;
    for (const before of [180, 190, 195, 270, 290, 295]) {
      const message = `${'w '.repeat(before / 2)}${apiKey}`;
      scene.turn({ faults: () => ({ kind: 'status', status: 404, body: JSON.stringify({ message }) }) });

      const { error } = await scene.run();

      expect(error?.message).toContain('w w w');
      expect(error?.message).not.toMatch(/simul/);
    }
  });

  test('reaches neither output nor log of the command line with the credential or an escape sequence', async () => {
    const { simulator, run } = await openDesk(['crescendo.vocconv', 'elevenlabs.conversations']);
    const text = JSON.stringify({ message: said(simulator.apiKey), detail: said(simulator.apiKey) });
    const knobs = { faults: () => ({ kind: 'status', status: 400, body: text }) as const };
    simulator.turn({ crescendo: knobs, elevenlabs: knobs });

    for (const flags of [[], ['--json']]) {
      const { status, stdout, stderr } = await run(['export', '--now', '2026-03-10T12:00:00Z', ...flags]);

      expect(status).toBe(1);
      expect(stdout + stderr).toContain('no key […]');
      expect(stdout + stderr).not.toContain(simulator.apiKey);
      expect(stdout + stderr).not.toMatch(UNPRINTABLE);
    }
  });

  test('that echoes the credential within a page of status 200 does not show it', async () => {
    const { summary } = await exportFrom([body(JSON.stringify({ error: `bad ${KEY}`, total: 'x', data: [] }))]);

    expect(summary.error).toMatchObject({ code: 'body-unexpected' });
    expect(summary.error?.message).not.toContain(KEY);
  });
});
