import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type StreamName, streamDefinition, streams } from '../../contract/streams.ts';
import { fileCheckpoints } from '../../functions/checkpoints/file-checkpoints.ts';
import type { SeenRequest } from '../simulator/faults.ts';
import { startFakeAwsJson } from '../support/aws/fake-aws-json.ts';
import { startFakeS3 } from '../support/aws/fake-s3.ts';
import { LOCAL_AWS } from '../support/aws/local-aws.ts';
import { testFolder } from '../support/lake/file-lake.ts';
import {
  layOut,
  objectsIn,
  type RecordedFiles,
  type RecordedRow,
  recordedLakes,
  recordedTexts,
  serve,
} from '../support/lake/recorded-lakes.ts';
import { type Desk, openDesk, type ProgramEnd, vendorLines } from './cli/cli-fixture.ts';

const { since, tenant, lakes, bucket } = recordedLakes();
const texts = recordedTexts();
/** Those that there were when the lakes were recorded. */
const everyStream = [...streams.keys()].filter((stream) => lakes['caught up'].rows[stream]);
/** When the new code takes over: the recorded rows are the vendors' still, and there are no others. */
const later = '2026-03-10T13:00:00Z';
const exportLater = ['export', '--json', '--now', later];

const at = (instant: string) => Date.parse(instant);
const [at12, at13] = ['2026-03-10T12:00:00.000Z', '2026-03-10T13:00:00.000Z'];
const checkpointPath = (stream: StreamName) => `.checkpoints/${stream.replace('.', '/')}/${tenant}.json`;

const rewindPath = checkpointPath('voiceable.conversations').replace('.json', '~rewind.json');

/** A desk whose lake is a copy of a recorded one, and whose vendors have the rows that were recorded with it. */
async function recordedDesk(
  of: keyof typeof lakes,
  names: readonly StreamName[],
  options: Parameters<typeof openDesk>[1] = {},
): Promise<Desk> {
  const desk = await openDesk(names, { rows: 0, since: at(since), now: () => at(later), ...options });
  await layOut(lakes[of].files, desk.lake);
  for (const stream of names) {
    serve(desk.simulator, stream, lakes[of].rows[stream] ?? lakes['caught up'].rows[stream] ?? []);
  }
  return desk;
}

async function writeInto(lake: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(lake, path)), { recursive: true });
  await writeFile(join(lake, path), text);
}

/** Of a row of which the vendor knows no more than its line says. */
const hasKeyAndTime = ({ key, time }: RecordedRow) => key !== undefined && time === undefined;

/** Every recorded object as it was; a run adds its report and nothing else. */
async function expectObjectsLeftAlone({ lake }: Desk, recorded: RecordedFiles): Promise<void> {
  const objects = Object.entries(recorded).filter(([path]) => /\.ndjson(\.gz)?$/.test(path));
  const present = await objectsIn(lake);
  const rowsOnly = (paths: readonly string[]) => paths.filter((path) => path.endsWith('.ndjson.gz')).toSorted();

  expect(objects.length).toBeGreaterThan(1);
  expect(objects.filter(([path, bytes]) => present[path] !== bytes).map(([path]) => path)).toEqual([]);
  expect(rowsOnly(Object.keys(present))).toEqual(rowsOnly(Object.keys(recorded)));
}

/** One line per row, the newest, and none lost. */
async function expectRowsOfVendor({ rows, simulator }: Desk, names: readonly StreamName[]): Promise<void> {
  for (const stream of names) {
    expect((await rows(stream)).toSorted(), stream).toEqual([...vendorLines(simulator, stream)].toSorted());
  }
}

/** What each stream's line of JSON says, by stream. */
function byStream({ lines }: ProgramEnd): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  return Object.fromEntries(lines.map((line) => [line['stream'], line]));
}

/** What the recorded texts say, written down apart from them. */
const common = {
  epoch: 0,
  watermark: at('2026-03-10T12:00:00Z'),
  deep: at('2026-03-10T03:00:00Z'),
  start: at('2026-03-07T00:00:00Z'),
  lake: './lake',
};
const voiceable = {
  ...common,
  rereadFrom: at('2026-03-10T12:00:00Z'),
  newestRow: at('2026-03-10T10:31:46Z'),
  updatedAt: at('2026-11-25T08:49:48.555Z'),
  run: '0a4b5fdc-218c-4fa8-abbe-2259b993947b',
};
const claim = { run: '7f0c9a52-3f5e-4d0c-9d4b-6f2f4d1c8a10', until: at('2999-01-01T00:00:00Z') };

describe('a checkpoint that commit 1e51f77 wrote is read', () => {
  test.each([
    ['caught up', 'voiceable.conversations', voiceable],
    ['live claim', 'voiceable.conversations', { ...voiceable, claim }],
    [
      'walk inside a tied instant',
      'salesloft.conversations',
      {
        ...common,
        watermark: at('2026-03-10T11:00:00Z'),
        seen: at('2026-03-10T11:00:00Z'),
        walk: { at: '2026-03-10T11:00:00.000000Z', tied: { createdFrom: '2026-03-09T00:02:22.152145Z' } },
        newestRow: at('2026-03-09T00:02:22.152Z'),
        updatedAt: at('2026-11-25T08:49:49.002Z'),
        run: '513b7153-c975-44d2-8c3d-ff5ad5500999',
      },
    ],
    [
      're-read under way',
      'crescendo.vocconv',
      {
        ...common,
        rereadFrom: at('2026-03-10T12:00:00Z'),
        reread: {
          from: at('2026-03-08T12:00:00Z'),
          to: at('2026-03-10T12:00:00Z'),
          deep: false,
          place: at('2026-03-09T18:00:00Z'),
          since: at('2026-03-10T12:00:00Z'),
        },
        newestRow: at('2026-03-10T10:31:46.372Z'),
        updatedAt: at('2026-11-25T08:49:51.416Z'),
        run: 'cc44f299-7991-489f-8bd2-048b28a702a9',
      },
    ],
  ] as const)('%s', async (name, stream, expected) => {
    const { source } = streamDefinition(stream);
    const lake = await testFolder();
    await writeInto(lake, checkpointPath(stream), texts[name]);

    expect(await fileCheckpoints(lake, { source, stream, tenant }).read()).toEqual(expected);
  });

  test('and so is a rewind', async () => {
    const lake = await testFolder();
    await writeInto(lake, rewindPath, texts.rewind);
    const checkpoints = fileCheckpoints(lake, { source: 'voiceable', stream: 'voiceable.conversations', tenant });

    expect(await checkpoints.readRewind()).toEqual({ epoch: 1, watermark: at('2026-03-08T06:00:00Z') });
  });
});

describe('an export goes on over a lake that commit 1e51f77 wrote', () => {
  test('writes no object while no row has changed, loses none, and moves every watermark', async () => {
    const desk = await recordedDesk('caught up', everyStream);

    const before = byStream(await desk.run(['status', '--json', '--now', later]));
    const run = await desk.run([...exportLater, '--lookback', '4 days']); // back to the first row
    const after = byStream(await desk.run(['status', '--json', '--now', later]));

    expect(run.status).toBe(0);
    for (const stream of everyStream) {
      expect(before[stream]).toMatchObject({ watermark: at12, freshnessSeconds: 3600, claim: null, rewind: null });
      const rows = { read: expect.toSatisfy((count) => count >= 40), new: 0, changed: 0 };
      expect(byStream(run)[stream]).toMatchObject({ outcome: 'caught up', rows, objects: [], watermark: at13 });
      expect(after[stream]).toMatchObject({ watermark: at13, freshnessSeconds: 0 });
    }
    await expectObjectsLeftAlone(desk, lakes['caught up'].files);
    await expectRowsOfVendor(desk, everyStream);
  });

  test.each(everyStream)('writes of %s the one object with a changed row and a new one', async (stream) => {
    const desk = await recordedDesk('caught up', [stream], { now: () => at('2026-03-10T12:30:00Z') });
    const world = desk.simulator.world(stream);
    const { key = '', line = '' } = lakes['caught up'].rows[stream]?.findLast(hasKeyAndTime) ?? {};
    const another = `${key.slice(0, -1)}${key.endsWith('1') ? '2' : '1'}`;
    world.put(line.replace(key, another));
    for (const changed of [key, another]) world.change(changed, { note: 'changed' });

    const run = await desk.run([...exportLater, '--lookback', '1 day']);

    const { table } = streamDefinition(stream);
    expect(run.lines).toMatchObject([
      {
        outcome: 'caught up',
        rows: { new: 1, changed: 1 },
        objects: [{ key: `${table}/tenant=${tenant}/dt=2026-03-10/2026-03-10.ndjson.gz`, changed: 2 }],
      },
    ]);
    await expectRowsOfVendor(desk, [stream]);
  });

  test('ends a re-read that was under way', async () => {
    const desk = await recordedDesk('re-read under way', ['crescendo.vocconv'], {
      settings: { window: '6 hours', concurrency: 1, lookback: '2 days' },
    });

    const before = await desk.run(['status', '--json', '--now', later]);
    const run = await desk.run(exportLater);
    const after = await desk.run(['status', '--json', '--now', later]);

    const reread = { from: '2026-03-08T12:00:00.000Z', to: at12, place: '2026-03-09T18:00:00.000Z', deep: false };
    expect(before.lines).toMatchObject([{ watermark: at12, reread }]);
    // The newer 18 hours of the 48 have been read again: what is left is one hour and five windows.
    expect(run.lines).toMatchObject([{ outcome: 'caught up', objects: [], requests: 6, watermark: at13 }]);
    expect(after.lines).toMatchObject([{ watermark: at13, reread: null }]);
    await expectObjectsLeftAlone(desk, lakes['re-read under way'].files);
    await expectRowsOfVendor(desk, ['crescendo.vocconv']);
  });

  test('goes on inside the tied instant in which a Salesloft walk was cut short', async () => {
    const seen: SeenRequest[] = [];
    const desk = await recordedDesk('walk inside a tied instant', ['salesloft.conversations'], {
      settings: { pageSize: 10 },
      knobs: { salesloft: { onRequest: (_, request) => void seen.push(request) } },
    });

    const run = await desk.run(exportLater);
    const status = await desk.run(['status', '--json', '--now', later]);

    expect(run.lines).toMatchObject([{ outcome: 'caught up', rows: { changed: 0 }, watermark: at13 }]);
    // One unit to either side of the instant that it names, for it may have been rounded.
    expect(seen[0]?.query).toMatchObject({
      'updated_at[gte]': '2026-03-10T10:59:59.999999Z',
      'updated_at[lt]': '2026-03-10T11:00:00.000001Z',
      'created_at[gte]': '2026-03-09T00:02:22.152145Z',
    });
    expect(status.lines).toMatchObject([{ watermark: at13 }]);
    await expectRowsOfVendor(desk, ['salesloft.conversations']);
  });

  test('begins where a rewind says, and finds nothing to write', async () => {
    const desk = await recordedDesk('caught up', ['voiceable.conversations']);
    await writeInto(desk.lake, rewindPath, texts.rewind);

    const before = await desk.run(['status', '--json', '--now', later]);
    const plan = await desk.run(['plan', '--json', '--now', later]);
    const run = await desk.run(exportLater);
    const after = await desk.run(['status', '--json', '--now', later]);

    const ordered = '2026-03-08T06:00:00.000Z';
    expect(before.lines).toMatchObject([{ watermark: at12, rewind: { epoch: 1, watermark: ordered } }]);
    expect(plan.lines).toMatchObject([{ watermark: ordered }]);
    expect(run.lines).toMatchObject([{ outcome: 'caught up', rows: { new: 0, changed: 0 }, objects: [] }]);
    expect(after.lines).toMatchObject([{ watermark: at13, rewind: null }]);
    await expectObjectsLeftAlone(desk, lakes['caught up'].files);
  });

  test('sees the claim of a run that is at work, and leaves it to it', async () => {
    const desk = await recordedDesk('caught up', ['voiceable.conversations']);
    // Recorded with an end that never comes; no run lasts so long, and a claim that says so is not believed.
    const until = new Date(Date.now() + 30 * 60_000).toISOString();
    const live = texts['live claim'].replace('2999-01-01T00:00:00.000Z', until);
    await writeInto(desk.lake, checkpointPath('voiceable.conversations'), live);

    const run = await desk.run(exportLater);
    const status = await desk.run(['status', '--json', '--now', later]);

    expect(run.stderr).toContain(`another run is at work until ${until}`);
    expect(run.lines).toMatchObject([{ outcome: 'caught up', objects: [] }]);
    expect(status.lines).toMatchObject([{ watermark: at13, claim: { run: claim.run } }]);
  });
});

describe('an export goes on over a bucket that commit 1e51f77 wrote', () => {
  const stream = 'voiceable.conversations';
  const parameter = `/convlake/test/voiceable/conversations/${tenant}`;

  async function recordedBucket() {
    const desk = await openDesk([stream], {
      rows: 0,
      since: at(since),
      now: () => at(later),
      settings: { credential: 'secret:vendor/key' },
    });
    serve(desk.simulator, stream, lakes['caught up'].rows[stream] ?? []);
    const s3 = await startFakeS3();
    const { endpoint, secrets, parameters } = await startFakeAwsJson();
    secrets.set('vendor/key', desk.simulator.apiKey);
    for (const [key, { bytes, ...object }] of Object.entries(bucket.objects)) {
      s3.objects.set(key, {
        ...object,
        bytes: Buffer.from(bytes, 'base64'),
        versionId: `recorded ${key}`,
        modifiedAt: 0,
      });
    }
    for (const [name, recorded] of Object.entries(bucket.parameters)) parameters.set(name, { ...recorded, version: 1 });
    const environment = {
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_ENDPOINT_URL_SSM: endpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
      ...LOCAL_AWS,
    };
    const lake = `s3://${s3.bucket}/${bucket.prefix}`;
    return { desk, s3, parameters, run: () => desk.run([...exportLater, '--lake', lake], environment) };
  }

  /** The objects whose bytes or headers are no longer the recorded ones. */
  const changedIn = (objects: ReadonlyMap<string, { readonly versionId: string }>) =>
    Object.keys(bucket.objects).filter((key) => objects.get(key)?.versionId !== `recorded ${key}`);

  test('finds checkpoint, rewind and objects under their names, and puts none while no row has changed', async () => {
    const { s3, parameters, run } = await recordedBucket();

    const { status, lines } = await run();

    expect(Object.keys(bucket.parameters)).toEqual([parameter, `${parameter}/rewind`]);
    expect(status).toBe(0);
    expect(lines).toMatchObject([{ outcome: 'caught up', rows: { new: 0, changed: 0 }, objects: [], watermark: at13 }]);
    expect(changedIn(s3.objects)).toEqual([]);
    // The epoch is that of the recorded rewind.
    expect(JSON.parse(parameters.get(parameter)?.value ?? '')).toMatchObject({ epoch: 1, watermark: at13 });
  });

  test('puts beside a changed object what was put beside it before', async () => {
    const { desk, s3, run } = await recordedBucket();
    const world = desk.simulator.world(stream);
    const { key = '' } = [...world.current()].findLast((row) => row.key !== undefined) ?? {};
    world.change(key, { note: 'changed' });

    const { lines } = await run();

    const [path = '', ...others] = changedIn(s3.objects);
    expect(lines).toMatchObject([{ rows: { new: 0, changed: 1 }, objects: [{ changed: 1 }] }]);
    expect(others).toEqual([]);
    const [before, after] = [bucket.objects[path]?.headers, s3.objects.get(path)?.headers];
    const anew = { 'x-amz-meta-commit-id': expect.any(String), 'x-amz-meta-run-id': expect.any(String) };
    expect(after).toEqual({ ...before, ...anew, 'x-amz-meta-convlake-version': expect.any(String) });
    expect(after?.['x-amz-meta-commit-id']).not.toBe(before?.['x-amz-meta-commit-id']);
  });
});
