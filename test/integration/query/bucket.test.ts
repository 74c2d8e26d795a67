import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { type FakeS3, startFakeS3 } from '../../support/aws/fake-s3.ts';
import { testFolder } from '../../support/lake/file-lake.ts';
import { objectOf, type PartitionLines, runQuery, vocconv } from './query-fixture.ts';

const days = ['2026-03-07', '2026-03-08', '2026-03-09'];

/** A lake in a bucket, with a day of each tenant and date, undated rows and another table; and queries over it. */
async function openBucket() {
  const s3 = await startFakeS3();
  const folder = await testFolder();
  const put = async (partition: PartitionLines) => {
    const [key, Body] = objectOf(partition);
    await s3.client.send(new PutObjectCommand({ Bucket: s3.bucket, Key: `some/prefix/${key}`, Body }));
  };
  for (const dt of days) {
    await put({ dt, lines: [vocconv(`a-${dt}`, dt)] });
    await put({ dt, tenant: 'tenant-beta', lines: [vocconv(`b-${dt}`, dt)] });
    await put({ dt, table: 'crescendo_botconv', lines: [vocconv(`bot-${dt}`, dt)] });
  }
  await put({ dt: undefined, lines: ['{"ID":"undated"}'] });
  const environment = {
    AWS_ENDPOINT_URL: s3.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  const query = async (sql: string) => {
    const end = await runQuery(['--lake', `s3://${s3.bucket}/some/prefix`, '--format', 'csv', sql], {
      folder,
      environment,
    });
    return { ...end, copied: copiedFrom(s3) };
  };
  return { s3, put, query, cache: join(folder, 'home', '.cache', 'convlake') };
}

/** The keys that were read since the last look, without the lake's prefix and their files' names. */
function copiedFrom(s3: FakeS3): readonly string[] {
  const read = s3.seen.filter(({ operation }) => operation === 'GetObject').map(({ key }) => key);
  Object.assign(s3.seen, { length: 0 });
  return read.map((key) => key.replace('some/prefix/crescendo_', '').replace(/\/[^/]+$/, '')).sort();
}

const rowsIn = (stdout: string) => stdout.trimEnd().split('\r\n').slice(1);

test.each([
  [
    `SELECT count(*) FROM crescendo_vocconv WHERE dt = '2026-03-08'`,
    ['2'],
    ['vocconv/tenant=tenant-alpha/dt=2026-03-08', 'vocconv/tenant=tenant-beta/dt=2026-03-08'],
  ],
  [
    `SELECT row_key FROM crescendo_vocconv WHERE tenant = 'tenant-beta' AND dt >= CAST(date '2026-03-09' - 1 AS varchar) ORDER BY 1`,
    ['b-2026-03-08', 'b-2026-03-09'],
    ['vocconv/tenant=tenant-beta/dt=2026-03-08', 'vocconv/tenant=tenant-beta/dt=2026-03-09'],
  ],
  [
    `SELECT v.row_key FROM crescendo_vocconv v JOIN crescendo_botconv b USING (dt) WHERE dt = '2026-03-07' AND v.tenant <> 'tenant-beta'`,
    ['a-2026-03-07'],
    ['botconv/tenant=tenant-alpha/dt=2026-03-07', 'vocconv/tenant=tenant-alpha/dt=2026-03-07'],
  ],
  [
    `SELECT row_key FROM crescendo_vocconv WHERE dt IS NULL`,
    ['undated'],
    ['vocconv/tenant=tenant-alpha/dt=__HIVE_DEFAULT_PARTITION__'],
  ],
  [`SELECT count(*) FROM crescendo_vocconv WHERE dt > '2027'`, ['0'], []],
  [
    `SELECT max(row_key) FROM crescendo_botconv_raw, (SELECT 1 AS row_key)`,
    ['1'],
    days.map((dt) => `botconv/tenant=tenant-alpha/dt=${dt}`),
  ],
  [`SELECT 'crescendo_vocconv' AS name`, ['crescendo_vocconv'], []],
  [`SELECT dtt FROM crescendo_vocconv`, [], []],
])('only what a query can need is copied: %s', async (sql, rows, keys) => {
  const { query } = await openBucket();

  const { stdout, copied } = await query(sql);

  expect(rowsIn(stdout)).toEqual(rows);
  expect(copied).toEqual(keys);
});

test('a query with a filter that only rows can answer has every row it needs', async () => {
  const { query } = await openBucket();

  const { stdout, copied } = await query(
    `CREATE VIEW late AS SELECT * FROM crescendo_vocconv WHERE date(dt) > date '2026-03-07' OR row_key = 'undated';
     SELECT row_key FROM late WHERE row_key LIKE 'a-%' OR dt IS NULL ORDER BY 1`,
  );

  expect(rowsIn(stdout)).toEqual(['a-2026-03-08', 'a-2026-03-09', 'undated']);
  expect(copied).toHaveLength(7);
});

test('a copy is made once for each content, said on standard error, kept from others, and removed when it is stale', async () => {
  const { query, put, s3, cache } = await openBucket();
  const sql = `SELECT row_key FROM crescendo_vocconv WHERE dt = '2026-03-08' ORDER BY 1`;

  const first = await query(sql);
  const again = await query(sql);
  await put({ dt: '2026-03-08', lines: [vocconv('changed', '2026-03-08')] });
  const changed = await query(sql);

  expect(first.stderr).toMatch(/^copied 2 objects of s3:\/\/lake-bucket\/some\/prefix, \d+ B\n$/);
  expect(again).toEqual({ ...first, stderr: '', copied: [] });
  expect(rowsIn(changed.stdout)).toEqual(['b-2026-03-08', 'changed']);
  expect(changed.copied).toEqual(['vocconv/tenant=tenant-alpha/dt=2026-03-08']);
  const lake = join(cache, 'lakes', s3.bucket, 'some', 'prefix');
  const kept = await readdir(lake, { recursive: true });
  expect(kept.filter((name) => name.endsWith('.ndjson.gz'))).toHaveLength(2);
  expect((await stat(lake)).mode & 0o777).toBe(0o700);
});

test('an object that is replaced while it is copied is listed anew', async () => {
  const { query, put, s3 } = await openBucket();
  let isReplaced = false;
  s3.fault = async ({ operation }) => {
    if (operation !== 'GetObject' || isReplaced) return undefined;
    isReplaced = true;
    await put({ dt: '2026-03-09', lines: [vocconv('newer', '2026-03-09')] });
    return { fault: 'response', status: 412, code: 'PreconditionFailed' };
  };

  const { stdout } = await query(
    `SELECT row_key FROM crescendo_vocconv WHERE dt = '2026-03-09' AND tenant = 'tenant-alpha'`,
  );

  expect(rowsIn(stdout)).toEqual(['newer']);
});

test('a bucket that refuses, or is not there, is one line', async () => {
  const { query, s3 } = await openBucket();
  s3.fault = () => ({ fault: 'response', status: 403, code: 'AccessDenied' });

  const { status, stdout, stderr } = await query('SELECT * FROM crescendo_vocconv');

  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(
    /^cannot list s3:\/\/lake-bucket\/some\/prefix\/crescendo_vocconv\/ \(403 AccessDenied\): access is denied: .*\n$/,
  );
});
