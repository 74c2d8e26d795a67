import { describe, expect, test } from 'vitest';
import { streams } from '../../contract/streams.ts';
import { drawShare } from '../simulator/rows/random.ts';
import { openSite, type Site, siteFolder } from './support/site.ts';
import { hasOwnMounts, mountSmallDisk } from './support/small-disk.ts';

const SEED = 20_260_521;
const DISK_BYTES = 16 * 1024 * 1024;
/** Shares of the space that a run needs. */
const SHARES = [0, ...Array.from({ length: 7 }, (_, n) => 1.2 * drawShare(SEED, n, 1))];

if (!hasOwnMounts)
  console.info("no mounts of one's own here: a disk is not really filled, only file sizes are limited");

/** What a run with too little space told: how many streams failed. Each says where, and what to do. */
function expectFix({ status, told }: Awaited<ReturnType<Site['run']>>, lake: string, fix: string): number {
  const failed = told.filter(({ outcome }) => outcome === 'failed');
  expect(told).toHaveLength(streams.size);
  expect(told.filter(({ outcome }) => outcome !== 'failed' && outcome !== 'caught up')).toEqual([]);
  expect(status).toBe(failed.length > 0 ? 1 : 0);
  for (const { error } of failed) {
    expect(error).toContain(lake);
    expect(error).toContain(fix);
  }
  return failed.length;
}

describe('a disk that is full', () => {
  test('at any place fails the streams that need it, and loses nothing once there is space', async () => {
    if (!hasOwnMounts) return; // said above
    const folder = await siteFolder();
    const disk = await mountSmallDisk(`${folder}/lake`, DISK_BYTES);
    const site = await openSite(SEED, { folder, seen: disk.seen });
    const failures: number[] = [];
    let rows = 0;

    await disk.fill(0);
    failures.push(expectFix(await site.run(disk.through), site.lake, 'the disk is full: free some space there'));
    await site.expectSound();
    await disk.empty();
    rows += await site.expectExactAfterRun(disk.through);
    const needed = await disk.used();
    for (const share of SHARES) {
      site.goOn();
      await disk.fill(Math.floor(share * needed));
      failures.push(expectFix(await site.run(disk.through), site.lake, 'the disk is full: free some space there'));
      await site.expectSound();
      expect(await site.leftovers()).toEqual([]);
      await disk.empty();
      rows += await site.expectExactAfterRun(disk.through);
    }

    console.info(`full disks: of all streams ${failures.join(', ')} failed; ${rows} rows compared`);
    expect(failures.slice(0, 2)).toEqual([streams.size, streams.size]);
    expect(failures.filter((count) => count > 0).length).toBeGreaterThan(4);
  });

  test('so does a limit on the size of files', async () => {
    const site = await openSite(SEED + 1, { folder: await siteFolder() });
    const failures: number[] = [];
    let rows = await site.expectExactAfterRun();

    for (const blocks of [0, 40, 120, 180]) {
      site.goOn();
      const limited = ['sh', '-c', `ulimit -f ${blocks}; exec "$@"`, 'sh'];
      failures.push(expectFix(await site.run(limited), site.lake, 'raise the limit'));
      await site.expectSound();
      rows += await site.expectExactAfterRun();
    }

    console.info(`files limited in size: of all streams ${failures.join(', ')} failed; ${rows} rows compared`);
    expect(failures[0]).toBe(streams.size);
  });
});
