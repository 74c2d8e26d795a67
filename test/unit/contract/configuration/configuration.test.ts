import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Configuration, Problem } from '../../../../contract/configuration/configuration.ts';
import { defineConfig } from '../../../../contract/configuration/define-config.ts';
import { parseConfiguration } from '../../../../contract/configuration/parse-configuration.ts';
import { objectKey, parseObjectKey } from '../../../../contract/layout.ts';
import { streamDefinition, streams } from '../../../../contract/streams.ts';
import { DAY_MS, MINUTE_MS } from '../../../support/durations.ts';

const smallest = {
  stream: 'crescendo.vocconv',
  tenant: 'tenant-alpha',
  credential: 'env:CRESCENDO_API_KEY',
  start: '2026-01-01T00:00:00Z',
} as const;

const of = (...written: readonly object[]) => ({ stage: 'prod', lake: './lake', streams: written });

function accepted(input: unknown): Configuration {
  const outcome = parseConfiguration(input);
  if ('problems' in outcome) throw new Error(`refused: ${JSON.stringify(outcome.problems)}`);
  return outcome.configuration;
}

function refused(input: unknown): readonly Problem[] {
  const outcome = parseConfiguration(input);
  if ('configuration' in outcome) throw new Error('accepted');
  return outcome.problems;
}

const firstStream = (changes: object) => accepted(of({ ...smallest, ...changes })).streams[0];
const texts = (problems: readonly Problem[]) => problems.map(({ path, message }) => `${path}: ${message}`);
const paths = (problems: readonly Problem[]) => problems.map(({ path }) => path);

describe('a start', () => {
  const now = Date.parse('2026-05-20T10:30:00Z');

  it('may be this instant, and not a second later', () => {
    const written = (start: string) =>
      parseConfiguration(of({ ...smallest, start }, { ...smallest, tenant: 'b' }), now);

    expect(written('2026-05-20T10:30:00Z')).toHaveProperty('configuration');
    expect(written('2026-05-20T12:30:01+02:00')).toEqual({
      problems: [
        {
          path: 'streams[0].start',
          message: '"2026-05-20T12:30:01+02:00" lies in the future; write 2026-05-20T10:30:00.000Z or earlier',
        },
      ],
    });
  });

  it('in the future is told with all other problems', () => {
    const written = of({ ...smallest, start: '2999-01-01', tenant: '' }, { ...smallest, start: '2026-05-21' });

    expect(parseConfiguration(written, now)).toMatchObject({
      problems: [{ path: 'streams[0].tenant' }, { path: 'streams[0].start' }, { path: 'streams[1].start' }],
    });
  });
});

describe('an accepted configuration', () => {
  it('has the defaults of the catalogue', () => {
    const { stage, lake, streams: configured } = accepted(of(smallest));

    expect({ stage, lake }).toEqual({ stage: 'prod', lake: './lake' });
    expect(configured).toEqual([
      {
        definition: streams.get('crescendo.vocconv'),
        tenant: 'tenant-alpha',
        credential: { kind: 'env', name: 'CRESCENDO_API_KEY', label: 'env:CRESCENDO_API_KEY' },
        baseUrl: 'https://platform.crescendo.ai',
        path: '/api/v1/reporting/tenants/tenant-alpha/vocconv',
        authHeader: { header: 'authorization', scheme: 'Bearer ' },
        startMs: Date.UTC(2026, 0, 1),
        everyMs: 60 * MINUTE_MS,
        lookbackMs: DAY_MS,
        deep: { at: '03:00', lookbackMs: 7 * DAY_MS },
        timeZone: 'UTC',
        settleMs: 2 * MINUTE_MS,
        windowMs: DAY_MS,
        concurrency: 4,
        pageSize: 1000,
        reserve: 0.2,
        gzip: 'members',
        tableFrom: '2025-12-31',
        enabled: true,
      },
    ]);
  });

  it('has what it says itself', () => {
    const input = defineConfig({
      stage: 'dev',
      lake: '/var/lake',
      streams: [
        {
          ...smallest,
          baseUrl: 'https://example.com/prefix/',
          path: '/voc/{tenant}/conversations',
          authHeader: 'X-Key',
          start: '2026-01-01',
          every: '30 minutes',
          lookback: 0,
          deep: { at: '23:59', lookback: '1 day' },
          timeZone: 'Europe/Berlin',
          settle: '0',
          window: '6 hours',
          concurrency: 8,
          pageSize: 5000,
          reserve: 0,
          gzip: 'single',
          tableFrom: '2024-01-01',
          enabled: false,
        },
      ],
    });

    expect(accepted(input).streams[0]).toMatchObject({
      baseUrl: 'https://example.com/prefix',
      path: '/voc/tenant-alpha/conversations',
      authHeader: { header: 'x-key', scheme: '' },
      startMs: Date.UTC(2026, 0, 1),
      everyMs: 30 * MINUTE_MS,
      lookbackMs: 0,
      deep: { at: '23:59', lookbackMs: DAY_MS },
      timeZone: 'Europe/Berlin',
      settleMs: 0,
      windowMs: 6 * 60 * MINUTE_MS,
      concurrency: 8,
      pageSize: 5000,
      reserve: 0,
      gzip: 'single',
      tableFrom: '2024-01-01',
      enabled: false,
    });
  });

  test('reads volatile fields as paths, each once, behind those of the catalogue', () => {
    const volatile = ['url', 'media.url', 'url', 'files[].links[][].a b'];
    const written = [['url'], ['media', 'url'], ['files', '[]', 'links', '[]', '[]', 'a b']];

    expect(accepted(of({ ...smallest, volatile })).streams[0]?.volatile).toEqual(written);
    const voiceable = { ...smallest, stream: 'voiceable.conversations' } as const;
    expect(accepted(of({ ...voiceable, volatile })).streams[0]?.volatile).toEqual([
      ...(streamDefinition('voiceable.conversations').volatile ?? []),
      ...written,
    ]);
  });

  test.each([['url'], ['detail.status']])('refuses volatile fields of details: %s', (field) => {
    const input = of({ ...smallest, stream: 'elevenlabs.transcripts', volatile: [field] });

    expect(texts(refused(input))).toEqual([
      'streams[0].volatile: is a setting of streams of lists alone; leave it out of elevenlabs.transcripts',
    ]);
  });

  const fields = 'write a list of 1 to 50 fields, such as ["media.url", "files[].url"]';
  test.each([
    ['url', `is a string; ${fields}`],
    [[], `has 0 fields; ${fields}`],
    [['a', 7], `holds at [1] what is not a field; ${fields}`],
    ...['', '.', 'a.', '.a', 'a..b', 'a[]', '[].a', 'a[0].b', 'a].b', 'a[].[].b', 'a\n'].map(
      (path): [unknown, string] => [[path], `holds at [0] what is not a field, ${JSON.stringify(path)}; ${fields}`],
    ),
  ])('refuses %j as volatile fields', (volatile, problem) => {
    const input = of({ ...smallest, volatile: volatile as string[] });

    expect(texts(refused(input))).toEqual([`streams[0].volatile: ${problem}`]);
  });

  test.each([
    ['crescendo.vocconv', 'ID'],
    ['crescendo.vocconv', 'DatetimeUTC'],
    ['crescendo.vocconv', 'oversized'],
    ['salesloft.conversations', 'updated_at'],
    ['voiceable.conversations', 'metadata'],
    ['voiceable.conversations', 'metadata.start_time_unix_secs'],
    ['elevenlabs.conversations', 'status'],
    ['elevenlabs.conversations', 'status.code'],
  ] as const)('refuses what tells of %s what a row is as volatile: %s', (stream, field) => {
    const input = of({ ...smallest, stream, volatile: ['url', field] });

    expect(texts(refused(input))).toEqual([
      `streams[0].volatile: "${field}" is a key, a time, a version or a status of ${stream}, or holds one; leave it out`,
    ]);
  });

  test.each([
    ['a', 'is a string'],
    [[], 'has 0 ids'],
    [['a', 'a b'], 'holds at [1] what is not an id'],
    [[7], 'holds at [0] what is not an id'],
  ])('refuses %j as ids', (evaluationCriteriaIds, problem) => {
    const stream = { stream: 'elevenlabs.conversations', tenant: 'demo', credential: 'env:KEY', start: '2026-01-01' };
    const [first] = refused(of({ ...stream, evaluationCriteriaIds }));

    expect(first).toMatchObject({
      path: 'streams[0].evaluationCriteriaIds',
      message: `${problem}; write a list of 1 to 100 ids of evaluation criteria, such as ["id-1", "id-2"]`,
    });
  });

  test('names the ids of ElevenLabs whose results rows are to have, each once, in one order', () => {
    const stream = {
      stream: 'elevenlabs.conversations',
      tenant: 'demo',
      credential: 'env:KEY',
      start: '2026-01-01',
      dataCollectionIds: ['order', 'name', 'order'],
    };

    const [read] = accepted({ stage: 'dev', lake: './lake', streams: [stream] }).streams;

    expect(read).toMatchObject({ dataCollectionIds: ['name', 'order'] });
    expect(read).not.toHaveProperty('evaluationCriteriaIds');
  });

  test('says what becomes of details that the vendor has erased, and of nothing else', () => {
    const stream = { tenant: 'demo', credential: 'env:KEY', start: '2026-01-01', onVendorErasure: 'keep' };
    const details = { ...stream, stream: 'elevenlabs.transcripts' };
    const [read] = accepted({ stage: 'dev', lake: './lake', streams: [details] }).streams;

    expect(read?.onVendorErasure).toBe('keep');
    expect(texts(refused(of({ ...details, onVendorErasure: 'maybe' })))).toEqual([
      'streams[0].onVendorErasure: "maybe" is not a way to go on; write "follow" or "keep"',
    ]);
    expect(texts(refused(of({ ...stream, stream: 'elevenlabs.conversations' })))).toEqual([
      'streams[0].onVendorErasure: is a setting of streams of details alone; leave it out of elevenlabs.conversations',
    ]);
  });

  test.each([...streams.values()])('can read $stream with its defaults', ({ stream, baseUrl, auth, pageSize }) => {
    const configured = firstStream({ stream });

    expect(configured).toMatchObject({ baseUrl, authHeader: auth, pageSize: pageSize.default });
  });

  test.each([
    [{ lookback: '10 days' }, 10 * DAY_MS],
    [{ lookback: '10 days', deep: { lookback: '2 days' } }, 10 * DAY_MS],
    [{ deep: { at: '04:00' } }, 7 * DAY_MS],
    [{ deep: { lookback: '0' } }, DAY_MS],
  ])('lets the longer lookback count: %j', (written, lookbackMs) => {
    expect(firstStream(written)?.deep.lookbackMs).toBe(lookbackMs);
  });

  test.each([
    ['https://api.example.com', 'https://api.example.com'],
    ['https://api.example.com:8443/', 'https://api.example.com:8443'],
    ['HTTPS://API.example.com/v1//', 'https://api.example.com/v1'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://127.8.9.1', 'http://127.8.9.1'],
    ['http://[::1]:9000/x', 'http://[::1]:9000/x'],
    ['http://localhost:3000', 'http://localhost:3000'],
  ])('takes the base URL %s', (written, baseUrl) => {
    expect(firstStream({ baseUrl: written })?.baseUrl).toBe(baseUrl);
  });

  test.each([
    ['crescendo.vocconv', '2026-01-01T00:00:00Z', '2025-12-31'],
    ['elevenlabs.conversations', '2026-03-01T23:00:00-05:00', '2026-03-01'],
    ['salesloft.conversations', '2026-01-01T12:00:00Z', '2024-01-01'],
    ['salesloft.conversations', '2024-02-29', '2022-03-01'],
  ])('begins the table of %s with start %s where its rows can begin: %s', (stream, start, tableFrom) => {
    expect(firstStream({ stream, start })?.tableFrom).toBe(tableFrom);
  });

  it('begins a table with the earliest date that one of its tenants needs, and leaves other tables alone', () => {
    const { streams: configured } = accepted(
      of(
        { ...smallest, tenant: 'a', start: '2026-01-01' },
        { ...smallest, tenant: 'b', start: '2025-06-01', enabled: false },
        { ...smallest, tenant: 'c', tableFrom: '2025-09-01' },
        { ...smallest, stream: 'crescendo.botconv', tableFrom: '2027-01-01' },
      ),
    );

    expect(configured.map(({ tableFrom }) => tableFrom)).toEqual([
      '2025-05-31',
      '2025-05-31',
      '2025-05-31',
      '2027-01-01',
    ]);
  });

  it('sends a bearer key in the authorization header, whatever the stream', () => {
    const configured = firstStream({ stream: 'voiceable.conversations', authHeader: 'Authorization' });

    expect(configured?.authHeader).toEqual({ header: 'authorization', scheme: 'Bearer ' });
  });

  it('may name one tenant for several streams and several tenants for one', () => {
    const configured = accepted(
      of(smallest, { ...smallest, stream: 'crescendo.botconv' }, { ...smallest, tenant: 'tenant-beta' }),
    );

    expect(configured.streams.map(({ definition, tenant }) => `${definition.stream} ${tenant}`)).toEqual([
      'crescendo.vocconv tenant-alpha',
      'crescendo.botconv tenant-alpha',
      'crescendo.vocconv tenant-beta',
    ]);
  });

  test.each(['lake', './lake', '../lake', '/srv/lake', '.', '/srv/..data'])('takes the folder %j', (lake) => {
    expect(accepted({ ...of(smallest), lake }).lake).toBe(lake);
  });

  test.each([
    ['s3://bucket', 's3://bucket'],
    ['s3://my.bucket-1/a/b_c=d/', 's3://my.bucket-1/a/b_c=d'],
  ])('takes the bucket and prefix %j', (lake, taken) => {
    expect(accepted({ ...of(smallest), lake }).lake).toBe(taken);
  });

  test.each([
    ['secret:convlake/prod/crescendo/a', 'secret', 'convlake/prod/crescendo/a'],
    ['secret:arn:aws:secretsmanager:eu-west-1:123456789012:secret:a/b-AbCdEf', 'secret'],
    ['ssm:/vendors/salesloft', 'ssm', '/vendors/salesloft'],
  ])('takes the credential %j', (credential, kind, name = credential.slice(kind.length + 1)) => {
    expect(firstStream({ credential })?.credential).toEqual({ kind, name, label: credential });
  });

  it('has tenants that a key gives back', () => {
    const anyTenant = fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z0-9._-]{1,130}$/));

    fc.assert(
      fc.property(anyTenant, (tenant) => {
        const outcome = parseConfiguration(of({ ...smallest, tenant }));
        if ('problems' in outcome) return;

        const key = objectKey({ table: 'crescendo_vocconv', tenant, dt: '2026-03-01' });

        expect(parseObjectKey(key)?.tenant).toBe(outcome.configuration.streams[0]?.tenant);
        expect(outcome.configuration.streams[0]?.path).toBe(`/api/v1/reporting/tenants/${tenant}/vocconv`);
      }),
    );
  });
});

describe('a refused setting', () => {
  const durationMend = 'write a number and a unit in whole seconds, such as';
  const tableFromMend = 'write the first date that the table is to show, such as "2024-01-01"';
  const credentialMend =
    'put the key into an environment variable, a secret or an SSM SecureString, and write "env:NAME", "secret:<name>" or "ssm:<name>"';
  const names = [...streams.keys()].join(', ');

  test.each([
    [
      { tenant: '../x' },
      'tenant: "../x" is not a tenant; write 1 to 128 letters, digits, ".", "_" and "-", not beginning with "."',
    ],
    [
      { tenant: undefined },
      'tenant: is missing; write 1 to 128 letters, digits, ".", "_" and "-", not beginning with "."',
    ],
    [
      { stream: 'crescendo.vocconf' },
      `stream: there is no stream "crescendo.vocconf"; did you mean "crescendo.vocconv"? streams are ${names}`,
    ],
    [
      { stream: 'botconv' },
      `stream: there is no stream "botconv"; did you mean "crescendo.botconv"? streams are ${names}`,
    ],
    [{ stream: 'zendesk.tickets' }, `stream: there is no stream "zendesk.tickets"; streams are ${names}`],
    [{ every: '1 fortnight' }, `every: "1 fortnight" is not a duration; ${durationMend} "1 hour", 1 minute at least`],
    [{ every: '30 seconds' }, `every: "30 seconds" is out of range; ${durationMend} "1 hour", 1 minute at least`],
    [{ lookback: 15 }, `lookback: is a number; ${durationMend} "1 day"`],
    [{ settle: '-1 minute' }, `settle: "-1 minute" is not a duration; ${durationMend} "2 minutes"`],
    [
      { window: '25 hours' },
      `window: "25 hours" is out of range; ${durationMend} "1 day", 1 minute at least, 1 day at most`,
    ],
    [{ tableFrom: '2024' }, `tableFrom: "2024" is not a date; ${tableFromMend}`],
    [{ tableFrom: '2024-02-30' }, `tableFrom: "2024-02-30" is not a date; ${tableFromMend}`],
    [{ tableFrom: '2024-01-01T00:00:00Z' }, `tableFrom: "2024-01-01T00:00:00Z" is not a date; ${tableFromMend}`],
    [{ tableFrom: 20240101 }, `tableFrom: is a number; ${tableFromMend}`],
    [{ credential: undefined }, `credential: is missing; ${credentialMend}`],
    [
      { credential: 'secret:' },
      'credential: has no name of a secret after "secret:"; use letters, digits and "/_+=.@-", or its whole ARN',
    ],
    [
      { credential: 'ssm://x' },
      'credential: has no name of an SSM parameter after "ssm:"; use letters, digits and "_.-" between slashes',
    ],
    [
      { credential: 'sk_live_123' },
      `credential: does not begin with "env:", "secret:" or "ssm:" and may be a key, so it is not shown; ${credentialMend}`,
    ],
    [
      { start: '2026-01-01T00:00:00' },
      'start: "2026-01-01T00:00:00" is not an instant; write "2026-01-01T00:00:00Z", with Z or an offset, or a date (UTC) from 1970 to 9999',
    ],
    [{ deep: { at: '3:00' } }, 'deep.at: "3:00" is not a time of day; write HH:MM, such as "03:00"'],
    [{ deep: '03:00' }, 'deep: is a string; write { "at": "03:00", "lookback": "7 days" }'],
    [
      { timeZone: 'Europe/Berln' },
      'timeZone: there is no time zone "Europe/Berln"; did you mean "Europe/Berlin"? write a zone of the IANA database, such as "Europe/Berlin"',
    ],
    [{ concurrency: 0 }, 'concurrency: 0 is out of range; write a whole number from 1 to 64'],
    [{ pageSize: '100' }, 'pageSize: is a string; write a whole number from 1'],
    [{ pageSize: 5001 }, 'pageSize: 5001 is more than crescendo.vocconv gives; write a whole number from 1 to 5000'],
    [{ gzip: 'bgzf' }, 'gzip: "bgzf" is not known here; write "members" or "single"'],
    [
      { dataCollectionIds: ['a'] },
      "dataCollectionIds: is a setting of ElevenLabs' streams alone; leave it out of crescendo.vocconv",
    ],
    [{ reserve: 1 }, 'reserve: 1 is out of range; write a number from 0 to 0.9'],
    [{ enabled: 'no' }, 'enabled: is a string; write true or false'],
    [{ enabled: null }, 'enabled: is null; write true or false'],
    [
      { baseUrl: 'http://api.example.com' },
      'baseUrl: would send the key unencrypted; write https:// (http:// is for 127.0.0.1, [::1] and localhost)',
    ],
    [
      { baseUrl: 'api.example.com' },
      'baseUrl: is not a web address; write scheme, host and prefix only, such as "https://api.example.com"',
    ],
    [
      { path: 'v2/conversations' },
      'path: is not a path, or holds a query, a fragment or characters to be encoded; write a path such as "/v2/conversations", where {tenant} stands for the tenant',
    ],
  ])('says what is wrong with %j', (written, problem) => {
    expect(texts(refused(of({ ...smallest, ...written })))).toEqual([`streams[0].${problem}`]);
  });

  test.each([
    ['window', ['59 seconds', '90500 ms', '0', '1 day 1 second']],
    ['lookback', ['1500 ms', '', 'soon', null]],
    ['tenant', ['', '.', '..', '.a', 'a/b', 'a=b', 'a%41', 'a\0', 'ä', 'a'.repeat(129), 7]],
    ['credential', ['', 'env:', 'env:1A', 'env:A-B', 'env:A\n', 'ENV:A', {}]],
    ['start', ['', 'today', '2026-02-30', '2026-01-01T25:00:00Z', '1969-12-31', '+010000-01-01', '2026-1-1', 0]],
    ['deep', [{ at: '24:00' }, { at: '12:60' }, { lookback: '-1 day' }, { at: 3 }, [], null]],
    ['timeZone', ['', '+01:00', 'Mars/Olympus', 1]],
    ['concurrency', [65, 1.5, -1, Number.NaN, '4']],
    ['pageSize', [0, 2.5, -1, Number.POSITIVE_INFINITY]],
    ['reserve', [-0.1, 0.91, Number.NaN]],
    ['authHeader', ['', 'authorization: Bearer', 'x key', 'x\r\ny']],
    ['path', ['', '//host/x', '/a/../b', '/a/%2e%2E/b', '/a?b=c', '/a#b', '/a b', '/a\\b', '/{team}/x', '/ä', '/%zz']],
    [
      'baseUrl',
      [
        '',
        'ftp://example.com',
        'https://',
        'https:example.com',
        'https://a b',
        'https://a:b@example.com',
        'https://example.com?x=1',
        'https://example.com/?',
        'https://example.com#x',
        'http://127.0.0.1.example.com',
        'http://localhost.example.com',
        'http://10.0.0.1',
        'https://example.com/{tenant}',
      ],
    ],
  ])('is found at %s alone', (name, values) => {
    for (const value of values) {
      const problems = refused(of({ ...smallest, [name]: value }));

      expect(problems.map(({ path }) => path.startsWith(`streams[0].${name}`))).toEqual([true]);
    }
  });

  const lakeMend = 'write a folder, such as "./lake", or "s3://bucket/prefix"';
  const bucketMend =
    'write "s3://bucket/prefix", the bucket in lower case, the prefix of letters, digits and "._=-" between slashes';

  test.each([
    ['/', `lake: "/" is the root of the file system; ${lakeMend}`],
    ['/srv/..', `lake: "/srv/.." is the root of the file system; ${lakeMend}`],
    [' ', `lake: is blank; ${lakeMend}`],
    ['~/lake', `lake: "~" is taken as it stands, not as your home; ${lakeMend}`],
    ['s3://', `lake: "s3://" does not name a bucket and a prefix; ${bucketMend}`],
    ['s3://Bucket/x', `lake: "s3://Bucket/x" does not name a bucket and a prefix; ${bucketMend}`],
    ['s3://bucket/a//b', `lake: "s3://bucket/a//b" does not name a bucket and a prefix; ${bucketMend}`],
    ['s3://bucket/../b', `lake: "s3://bucket/../b" does not name a bucket and a prefix; ${bucketMend}`],
    ['gs://bucket', `lake: "gs:" is not a kind of lake; ${lakeMend}`],
    ['a\0b', `lake: holds a control character; ${lakeMend}`],
    [undefined, `lake: is missing; ${lakeMend}`],
  ])('says what is wrong with the lake %j', (lake, problem) => {
    expect(texts(refused({ ...of(smallest), lake }))).toEqual([problem]);
  });

  test.each(['', 'a/b', '..', 'a'.repeat(65)])('is found for the stage %j', (stage) => {
    expect(paths(refused({ ...of(smallest), stage }))).toEqual(['stage']);
  });

  test.each([
    ['credential', 'hunter2-hunter2'],
    ['credential', 'env:hunter2-hunter2'],
    ['credential', 'secret:hunter2 hunter2'],
    ['baseUrl', 'https://hunter2@example.com'],
    ['baseUrl', 'https://example.com?bearer_token=hunter2'],
    ['baseUrl', 'hunter2'],
    ['path', '/x?bearer_token=hunter2'],
    ['authHeader', 'Authorization: Bearer hunter2'],
    ['apiKey', 'hunter2'],
  ])('never shows the key pasted into %s', (name, value) => {
    expect(JSON.stringify(refused(of({ ...smallest, [name]: value })))).not.toContain('hunter2');
  });

  it('is shown cut and escaped', () => {
    const [problem] = refused(of({ ...smallest, start: `\u001b[31m${'x'.repeat(5000)}` }));

    expect(problem?.message).toMatch(/^"\\u001b\[31mx+…" is not an instant/);
    expect(problem?.message.length).toBeLessThan(250);
  });
});

describe('an unknown setting', () => {
  const topSettings = 'settings here are stage, lake, streams';
  const streamSettings =
    'settings here are stream, tenant, credential, baseUrl, path, authHeader, start, every, lookback, deep, timeZone, settle, window, concurrency, pageSize, dataCollectionIds, evaluationCriteriaIds, volatile, onVendorErasure, reserve, gzip, tableFrom, enabled';

  test.each([
    [{ lookBack: '1 day' }, `streams[0].lookBack: is not a setting; did you mean "lookback"? ${streamSettings}`],
    [{ page_size: 10 }, `streams[0].page_size: is not a setting; did you mean "pageSize"? ${streamSettings}`],
    [{ zzz: 1 }, `streams[0].zzz: is not a setting; ${streamSettings}`],
    [{ privacy: {} }, `streams[0].privacy: is not built yet; leave it out; ${streamSettings}`],
    [
      { deep: { lookbak: '1 day' } },
      'streams[0].deep.lookbak: is not a setting; did you mean "lookback"? settings here are at, lookback',
    ],
    [{ 'odd key': 1 }, `streams[0]["odd key"]: is not a setting; ${streamSettings}`],
  ])('is refused in a stream: %j', (written, problem) => {
    expect(texts(refused(of({ ...smallest, ...written })))).toEqual([problem]);
  });

  it('is refused at the top, each by itself', () => {
    const problems = refused({ ...of(smallest), stages: 'x', colour: 1 });

    expect(texts(problems)).toEqual([
      `stages: is not a setting; did you mean "stage"? ${topSettings}`,
      `colour: is not a setting; ${topSettings}`,
    ]);
  });

  it('is refused when JSON calls it __proto__', () => {
    const input: unknown = JSON.parse(JSON.stringify(of(smallest)).replace('"stage"', '"__proto__":{"x":1},"stage"'));

    expect(paths(refused(input))).toEqual(['__proto__']);
  });
});

describe('problems', () => {
  it('are all found at once, also those between streams', () => {
    const problems = refused({
      stage: '',
      streams: [
        { ...smallest, every: 'often', pageSize: 9999 },
        { ...smallest, credential: 'oops', colour: 'red' },
        { stream: 'salesloft.conversations', pageSize: 101 },
        { ...smallest, tenant: 'TENANT-alpha' },
        'nonsense',
      ],
    });

    expect(paths(problems).toSorted()).toEqual([
      'lake',
      'stage',
      'streams[0].every',
      'streams[0].pageSize',
      'streams[1]',
      'streams[1].colour',
      'streams[1].credential',
      'streams[2].credential',
      'streams[2].pageSize',
      'streams[2].start',
      'streams[2].tenant',
      'streams[3].tenant',
      'streams[4]',
    ]);
  });

  it('name both places of a stream and tenant written twice', () => {
    const problems = refused(of(smallest, { ...smallest, tenant: 'other' }, smallest));

    expect(texts(problems)).toEqual(['streams[2]: has the stream and tenant of streams[0]; leave one of the two out']);
  });

  it('name both tenants that differ only by case', () => {
    const problems = refused(of(smallest, { ...smallest, tenant: 'Tenant-Alpha' }));

    expect(texts(problems)).toEqual([
      'streams[1].tenant: "Tenant-Alpha" and "tenant-alpha" of streams[0] differ only by case, which some file systems do not tell apart; write one of them otherwise',
    ]);
  });

  test.each([
    [undefined, ['configuration: is missing; write an object with stage, lake and streams']],
    [null, ['configuration: is null; write an object with stage, lake and streams']],
    [[], ['configuration: is a list; write an object with stage, lake and streams']],
    ['{}', ['configuration: is a string; write an object with stage, lake and streams']],
    [of(), ['streams: is empty; write at least one stream']],
    [{ ...of(), streams: smallest }, ['streams: is an object; write a list of streams']],
    [{ ...of(), streams: undefined }, ['streams: is missing; write a list of streams']],
    [of([]), ['streams[0]: is a list; write an object with stream, tenant, credential and start']],
  ])('say what is wrong with the shape %j', (input, expected) => {
    expect(texts(refused(input))).toEqual(expected);
  });

  it('are given back, never thrown, for any value', () => {
    const anyStream = fc.record(
      Object.fromEntries(
        ['stream', 'tenant', 'start', 'deep', 'every', 'pageSize', 'baseUrl', 'path'].map((name) => [
          name,
          fc.anything(),
        ]),
      ),
      { requiredKeys: [] },
    );
    const anyInput = fc.oneof(
      fc.anything(),
      fc.array(anyStream).map((written) => of(...written)),
    );

    fc.assert(
      fc.property(anyInput, (input) => {
        expect(refused(input).length).toBeGreaterThan(0);
      }),
    );
  });
});
