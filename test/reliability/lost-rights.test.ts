import { chmodSync, readdirSync, statSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { drawShare } from '../simulator/rows/random.ts';
import { type BoundByModes, findBoundByModes } from './support/bound-by-modes.ts';
import { openSite, type Site } from './support/site.ts';

const SEED = 20_260_522;
const bound = findBoundByModes();
if (!bound) {
  console.info(
    'lost rights are not tried: this user passes by the modes of files, and nothing here (setpriv, a clone that others may enter) takes that away',
  );
}

const TABLE = 'crescendo_vocconv';
const tenant = (table: string) => `${table}/tenant=tenant-alpha`;
const object = `${tenant(TABLE)}/dt=2026-05-19/2026-05-19.ndjson.gz`;

interface Case {
  /** Below the lake; `*` stands for the folder of the running process. */
  readonly path: string;
  readonly mode: number;
  /** Streams that must fail when the right is gone before the run begins. */
  readonly failing: number;
}

const cases: readonly Case[] = [
  { path: '', mode: 0o000, failing: 2 },
  { path: '', mode: 0o555, failing: 0 },
  { path: TABLE, mode: 0o000, failing: 1 },
  { path: tenant(TABLE), mode: 0o000, failing: 1 },
  { path: join(object, '..'), mode: 0o000, failing: 1 },
  { path: join(object, '..'), mode: 0o555, failing: 1 },
  { path: object, mode: 0o000, failing: 1 },
  { path: '.checkpoints', mode: 0o000, failing: 2 },
  { path: '.checkpoints/crescendo/vocconv', mode: 0o555, failing: 1 },
  { path: '.checkpoints/crescendo/vocconv/tenant-alpha.json', mode: 0o000, failing: 1 },
  { path: '.checkpoints/lock.db', mode: 0o000, failing: 2 },
  { path: '.tmp', mode: 0o555, failing: 2 },
];
const duringOnly: readonly Case[] = [{ path: '.tmp/*', mode: 0o555, failing: 0 }];

/** A folder that the one who runs convlake owns. */
async function ownedFolder({ user }: BoundByModes): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'convlake-rights-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  if (user !== process.getuid?.()) await chown(folder, user, user);
  return folder;
}

/** Takes the rights away and returns what gives them back. */
function takeAway(lake: string, { path, mode }: Case): () => Promise<void> {
  const [running] = path.endsWith('*') ? readdirSync(join(lake, '.tmp')) : [];
  const at = join(lake, path.replace('*', running ?? ''));
  const before = statSync(at).mode & 0o777;
  chmodSync(at, mode);
  return () => chmod(at, before).catch(() => {}); // the folder of a process goes with it
}

/** Every stream that failed says where, and what to do; how many there were. */
function failuresIn(site: Site, { status, told }: Awaited<ReturnType<Site['run']>>): number {
  const failed = told.filter(({ outcome }) => outcome !== 'caught up');
  expect(status).toBe(failed.length > 0 ? 1 : 0);
  expect(told).toHaveLength(2);
  for (const { outcome, error } of failed) {
    expect(outcome).toBe('failed');
    expect(error).toContain(site.lake);
    expect(error).toMatch(/let the user that runs convlake (read|write)/);
  }
  return failed.length;
}

test('a right that is lost before a run or within it fails the streams that need it, and loses nothing', async () => {
  if (!bound) return; // said above
  const { through } = bound;
  const site = await openSite(SEED, {
    folder: await ownedFolder(bound),
    names: ['crescendo.vocconv', 'salesloft.conversations'],
  });
  let rows = await site.expectExactAfterRun(through);
  const requests = site.simulator.stats('crescendo.vocconv').requests;
  const failures: string[] = [];

  for (const [number, lost] of [...cases, ...cases, ...duringOnly].entries()) {
    const before = number < cases.length;
    const from = before ? 0 : 1 + Math.floor(drawShare(SEED, number, 1) * requests);
    site.goOn();
    let giveBack: (() => Promise<void>) | undefined;
    const onRequest = (request: number) => {
      if (request >= from) giveBack ??= takeAway(site.lake, lost);
    };
    // Not sooner: this process looks at the lake first, and may be bound by the modes as well.
    const beforeStart = () => {
      if (before) giveBack = takeAway(site.lake, lost);
    };
    let asked = 0;
    site.simulator.turn({ crescendo: { onRequest: () => onRequest(++asked) } });
    const failed = failuresIn(site, await site.run(through, beforeStart));
    await giveBack?.();
    site.simulator.turn({ crescendo: { onRequest: () => {} } });
    await site.expectSound();
    rows += await site.expectExactAfterRun(through);
    if (before) expect({ ...lost, failed }).toEqual({ ...lost, failed: lost.failing });
    failures.push(`${failed}`);
  }

  console.info(`lost rights: of two streams ${failures.join(', ')} failed; ${rows} rows compared`);
});
