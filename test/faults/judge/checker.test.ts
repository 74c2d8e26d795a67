import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { objectKey } from '../../../contract/layout.ts';
import { DAY_MS } from '../../support/durations.ts';
import { plainCodec } from '../../support/run/memory-ports.ts';
import type { VendorLife } from '../world/life.ts';
import { rowText } from '../world/row-text.ts';
import type { SimulatedS3 } from '../world/s3.ts';
import type { Process } from '../world/wire.ts';
import { Checker } from './checker.ts';

const FILED_MS = 10 * DAY_MS;
const STREAM = 'crescendo.vocconv';

/** A row that was filed before the start and got its time while two runs read it. */
function lineOf(timeMs: number | null, value: number): string {
  return rowText(STREAM, { id: 'a', timeMs, versionUs: 0, offsetMinutes: 0, open: false, value, fill: 0 });
}

const undated = lineOf(null, 1);
const dated = lineOf(FILED_MS, 2);

/** What is found in the end where a run read and committed these lines. */
async function foundAfter(read: string, committed: string | undefined): Promise<string | undefined> {
  const one = { id: 's1', disturbed: true } as Process;
  const other = { id: 's2', disturbed: true } as Process;
  const row = { id: 'a', filedMs: FILED_MS, timeMs: FILED_MS, visible: true, line: dated };
  const life = {
    rows: new Map([['a', row]]),
    history: new Map([['a', [undated, dated]]]),
    passedOver: new Set(),
    byVersion: false,
    placeOf: () => FILED_MS,
  } as unknown as VendorLife;
  const objects = new Map<string, { readonly bytes: Buffer }>();
  const s3 = { store: { objects, uploads: new Map() }, uploadedBy: new Map() } as unknown as SimulatedS3;
  const checker = new Checker({
    stream: STREAM,
    life,
    s3,
    startMs: FILED_MS + 1,
    oversizedBytes: undefined,
    single: false,
    live: () => [one, other],
  });

  checker.heard(one, JSON.stringify({ data: [JSON.parse(read)] }));
  checker.dated('a');
  if (committed !== undefined) {
    const key = objectKey({ table: 'crescendo_vocconv', tenant: 'tenant-alpha', dt: undefined });
    objects.set(key, { bytes: Buffer.from(await plainCodec.pack(Buffer.from(`${committed}\n`))) });
    checker.wrote(key, one);
  }
  checker.ended({ process: one, outcome: 'caught up' });
  checker.finalLook();
  return checker.broken;
}

describe('a row from before the start that got its time after a run had read it', () => {
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
