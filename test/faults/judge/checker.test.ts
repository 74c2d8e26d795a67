import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { objectKey } from '../../../contract/layout.ts';
import { type StreamName, streamDefinition } from '../../../contract/streams.ts';
import { DAY_MS } from '../../support/durations.ts';
import { plainCodec } from '../../support/run/memory-ports.ts';
import type { VendorLife } from '../world/life.ts';
import { rowText } from '../world/row-text.ts';
import type { SimulatedS3 } from '../world/s3.ts';
import type { Process } from '../world/wire.ts';
import { Checker } from './checker.ts';

const FILED_MS = 10 * DAY_MS;
const DT = '1970-01-11';

const one = { id: 's1', disturbed: true } as Process;
const other = { id: 's2', disturbed: true } as Process;

/** A vendor with one row, `a`, and a run that reads it. */
class Scene {
  readonly checker: Checker;
  readonly #table: string;
  readonly #objects = new Map<string, { readonly bytes: Buffer }>();

  /** The row's lines, oldest first; the last of them is what it is now. */
  constructor(
    stream: StreamName,
    lines: readonly string[],
    { visible = true, silent = false, startMs = FILED_MS } = {},
  ) {
    const byVersion = streamDefinition(stream).readBy === 'version';
    const row = { id: 'a', filedMs: FILED_MS, timeMs: FILED_MS, silent, visible, line: lines.at(-1) };
    const life = {
      rows: new Map([['a', row]]),
      history: new Map([['a', lines]]),
      passedOver: new Set(),
      byVersion,
      placeOf: () => FILED_MS,
    } as unknown as VendorLife;
    const store = { objects: this.#objects, uploads: new Map() };
    const s3 = { store, uploadedBy: new Map() } as unknown as SimulatedS3;
    const live = () => [one, other];
    this.#table = stream.replace('.', '_');
    this.checker = new Checker({ stream, life, s3, startMs, oversizedBytes: undefined, single: false, live });
    this.checker.plans(one, { checkpoint: undefined, rewind: undefined, newEndsMs: FILED_MS + DAY_MS });
  }

  read(line: string): void {
    this.checker.heard(one, JSON.stringify({ data: [JSON.parse(line)] }));
  }

  async commit(line: string, dt: string | undefined): Promise<void> {
    const key = objectKey({ table: this.#table, tenant: 'tenant-alpha', dt });
    this.#objects.set(key, { bytes: Buffer.from(await plainCodec.pack(Buffer.from(`${line}\n`))) });
    this.checker.wrote(key, one);
  }

  /** What is wrong in the end. */
  end(): string | undefined {
    this.checker.ended({ process: one, outcome: 'caught up' });
    this.checker.finalLook();
    return this.checker.broken;
  }
}

describe('a row from before the start that got its time after a run had read it', () => {
  const lineOf = (timeMs: number | null, value: number) =>
    rowText('crescendo.vocconv', { id: 'a', timeMs, versionUs: 0, offsetMinutes: 0, open: false, value, fill: 0 });
  const undated = lineOf(null, 1);
  const dated = lineOf(FILED_MS, 2);

  async function foundAfter(read: string, committed: string | undefined): Promise<string | undefined> {
    const scene = new Scene('crescendo.vocconv', [undated, dated], { startMs: FILED_MS + 1 });
    scene.read(read);
    scene.checker.dated('a');
    if (committed !== undefined) await scene.commit(committed, undefined);
    return scene.end();
  }

  test('lies among the undated ones by right, since nobody reads it again', async () => {
    expect(await foundAfter(undated, undated)).toBeUndefined();
  });

  test('is missing where it lies nowhere', async () => {
    expect(await foundAfter(undated, undefined)).toBe('a was read by s1 and is not there');
  });

  test('is missing among the undated ones once a run has read it with its time', async () => {
    expect(await foundAfter(dated, undated)).toBe('a was read by s1 and is not there');
  });
});

describe('a row with a version that lies in an older state than it was read in, and has changed since', () => {
  const lineOf = (version: number, value: number) => {
    const versionUs = FILED_MS * 1000 + version;
    const shown = { id: 'a', timeMs: FILED_MS, versionUs, offsetMinutes: 0, open: false, value, fill: 0 };
    return rowText('salesloft.conversations', shown);
  };
  const first = lineOf(1, 1);
  const sameVersion = lineOf(1, 2);
  const second = lineOf(2, 3);
  const last = lineOf(3, 4);

  async function foundAfter(read: string, now: { visible: boolean; silent?: boolean }): Promise<string | undefined> {
    const scene = new Scene('salesloft.conversations', [first, sameVersion, second, last], now);
    scene.read(read);
    await scene.commit(first, DT);
    return scene.end();
  }

  test('may stay so if it is gone and both states have one version: the walk that came back did not meet it', async () => {
    expect(await foundAfter(sameVersion, { visible: false })).toBeUndefined();
  });

  test.each([false, true])(
    'is too old if it was read in a newer version; last changed in silence: %s',
    async (silent) => {
      expect(await foundAfter(second, { visible: false, silent })).toBe(
        `a is ${first} and older than what s1 read: ${second}`,
      );
    },
  );

  test('is too old while the vendor has it', async () => {
    expect(await foundAfter(sameVersion, { visible: true })).toBe(`a is ${first} and should be ${last}`);
  });
});
