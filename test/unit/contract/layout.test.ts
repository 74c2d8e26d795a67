import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  checkpointName,
  isStage,
  isTenant,
  objectKey,
  parseObjectKey,
  revisitsKey,
  runReportKey,
} from '../../../contract/layout.ts';
import { streams } from '../../../contract/streams.ts';

const definitions = fc.constantFrom(...streams.values());
const tenants = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/);
const dates = fc
  .date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

/** Texts that would lead out of the folder, hide a file, or make two keys of one place. */
const escapes = [
  '',
  '.',
  '..',
  '.hidden',
  'a/b',
  '../b',
  'a\\b',
  'a=b',
  'a%2fb',
  'a b',
  'a\0',
  'a\n',
  'ä',
  'a'.repeat(129),
];

describe('revisitsKey', () => {
  it('names one object of a table and tenant, which is not one of a partition', () => {
    const key = revisitsKey({ table: 'elevenlabs_transcripts', tenant: 'acme' });

    expect(key).toBe('elevenlabs_transcripts_revisits/tenant=acme/revisits.ndjson.gz');
    expect(parseObjectKey(key)).toBeUndefined();
  });

  it.each(escapes)('fails for the tenant %j', (tenant) => {
    expect(() => revisitsKey({ table: 'elevenlabs_transcripts', tenant })).toThrow(RangeError);
  });
});

describe('objectKey', () => {
  it('puts the rows of a date into the one object of its partition', () => {
    const key = objectKey({ table: 'crescendo_vocconv', tenant: 'acme', dt: '2026-03-01' });

    expect(key).toBe('crescendo_vocconv/tenant=acme/dt=2026-03-01/2026-03-01.ndjson.gz');
  });

  it('puts rows without a time together', () => {
    const key = objectKey({ table: 'crescendo_vocconv', tenant: 'acme', dt: undefined });

    expect(key).toBe('crescendo_vocconv/tenant=acme/dt=__HIVE_DEFAULT_PARTITION__/undated.ndjson.gz');
  });

  test.each(escapes)('fails for the tenant %j', (tenant) => {
    expect(() => objectKey({ table: 'crescendo_vocconv', tenant, dt: '2026-03-01' })).toThrow(RangeError);
  });

  test.each([
    '',
    '2026-3-1',
    '2026-02-30',
    '2026-13-01',
    '+010000-01-01',
    '2026-03-01T00:00:00Z',
    '../../x',
    '2026-03-01\n',
  ])('fails for the date %j', (dt) => {
    expect(() => objectKey({ table: 'crescendo_vocconv', tenant: 'acme', dt })).toThrow(RangeError);
  });

  test.each(['', '.tmp', '..', 'a/b_c', 'crescendo', 'Crescendo_Vocconv'])('fails for the table %j', (table) => {
    expect(() => objectKey({ table, tenant: 'acme', dt: undefined })).toThrow(RangeError);
  });

  it('names the part that it refuses', () => {
    expect(() => objectKey({ table: 'crescendo_vocconv', tenant: '../x', dt: undefined })).toThrow(
      `"../x" cannot be a tenant in the lake's layout`,
    );
  });
});

describe('parseObjectKey', () => {
  it('gives back what the key was made from', () => {
    fc.assert(
      fc.property(definitions, tenants, fc.option(dates, { nil: undefined }), ({ table }, tenant, dt) => {
        expect(parseObjectKey(objectKey({ table, tenant, dt }))).toEqual({ table, tenant, dt });
      }),
    );
  });

  it('knows no key that objectKey does not make', () => {
    const parts = fc.array(
      fc.constantFrom(
        'crescendo_vocconv',
        '/',
        'tenant=',
        'acme',
        '.',
        'dt=',
        '2026-03-01',
        'undated',
        '.ndjson.gz',
        '\n',
      ),
      { maxLength: 12 },
    );

    fc.assert(
      fc.property(parts, (pieces) => {
        const key = pieces.join('');

        const place = parseObjectKey(key);

        expect(place === undefined || objectKey(place) === key).toBe(true);
      }),
    );
  });

  test.each([
    'crescendo_vocconv/tenant=acme/dt=2026-03-01/2026-03-02.ndjson.gz',
    'crescendo_vocconv/tenant=acme/dt=2026-02-30/2026-02-30.ndjson.gz',
    'crescendo_vocconv/tenant=acme/dt=2026-03-01/undated.ndjson.gz',
    'crescendo_vocconv/tenant=acme/dt=__HIVE_DEFAULT_PARTITION__/2026-03-01.ndjson.gz',
    'crescendo_vocconv/tenant=../dt=2026-03-01/2026-03-01.ndjson.gz',
    'crescendo_vocconv/tenant=acme/dt=2026-03-01/2026-03-01.ndjson.gz.tmp',
    '/crescendo_vocconv/tenant=acme/dt=2026-03-01/2026-03-01.ndjson.gz',
    'prefix/crescendo_vocconv/tenant=acme/dt=2026-03-01/2026-03-01.ndjson.gz',
    'convlake_runs/source=crescendo/tenant=acme/dt=2026-03-01/vocconv-1.ndjson',
    '',
  ])('does not know %j', (key) => {
    expect(parseObjectKey(key)).toBeUndefined();
  });

  it('knows the tables of every stream', () => {
    for (const { table } of streams.values()) {
      const key = objectKey({ table, tenant: 'acme', dt: '2026-03-01' });

      expect(parseObjectKey(key)?.table).toBe(table);
    }
  });
});

describe('runReportKey', () => {
  const run = {
    source: 'crescendo',
    stream: 'crescendo.vocconv',
    tenant: 'acme',
    date: '2026-03-01',
    runId: 'r-1',
  } as const;

  it('names stream and run', () => {
    expect(runReportKey(run)).toBe('convlake_runs/source=crescendo/tenant=acme/dt=2026-03-01/vocconv-r-1.ndjson');
  });

  it('names the run alone where there is no stream', () => {
    expect(runReportKey({ ...run, stream: undefined })).toBe(
      'convlake_runs/source=crescendo/tenant=acme/dt=2026-03-01/r-1.ndjson',
    );
  });

  it('is never taken for an object of rows', () => {
    expect(parseObjectKey(runReportKey(run))).toBeUndefined();
  });

  test.each([
    [{ tenant: '..' }, 'tenant'],
    [{ date: '2026-02-29' }, 'date'],
    [{ runId: '../r' }, 'run id'],
    [{ stream: 'salesloft.conversations' as const }, 'stream of crescendo'],
  ])('fails for %j', (part, what) => {
    expect(() => runReportKey({ ...run, ...part })).toThrow(`cannot be a ${what} in the lake's layout`);
  });
});

describe('checkpointName', () => {
  const place = { source: 'crescendo', stream: 'crescendo.vocconv', tenant: 'acme' } as const;

  it('is a parameter below the stage', () => {
    expect(checkpointName({ ...place, stage: 'prod' })).toBe('/convlake/prod/crescendo/vocconv/acme');
  });

  it('is relative without a stage', () => {
    expect(checkpointName(place)).toBe('crescendo/vocconv/acme');
  });

  it('differs for all streams and tenants', () => {
    const places = fc.uniqueArray(fc.record({ definition: definitions, tenant: tenants }), {
      selector: ({ definition, tenant }) => JSON.stringify([definition.stream, tenant]),
    });

    fc.assert(
      fc.property(places, (chosen) => {
        const names = chosen.map(({ definition, tenant }) => checkpointName({ ...definition, tenant }));

        expect(new Set(names).size).toBe(chosen.length);
      }),
    );
  });

  test.each(escapes)('fails for the tenant and the stage %j', (text) => {
    expect(() => checkpointName({ ...place, tenant: text })).toThrow(RangeError);
    expect(() => checkpointName({ ...place, stage: text })).toThrow(RangeError);
  });
});

describe('isTenant and isStage', () => {
  it('allow 128 and 64 characters', () => {
    expect([isTenant('a'.repeat(128)), isTenant('a'.repeat(129))]).toEqual([true, false]);
    expect([isStage('a'.repeat(64)), isStage('a'.repeat(65))]).toEqual([true, false]);
  });

  test.each(['tenant-alpha', 'Tenant_1', '007', 'a..b', '_a', '-a'])('allow %j', (text) => {
    expect(isTenant(text) && isStage(text)).toBe(true);
  });
});
