import { Buffer } from 'node:buffer';
import { expect } from 'vitest';
import { parseDuration } from '../../../contract/duration.ts';
import { streamDefinition } from '../../../contract/streams.ts';
import { oversizedReference } from '../../../functions/engine/rows/oversized.ts';
import { fieldOf } from '../../simulator/rows/fields.ts';
import { HOUR_MS, MINUTE_MS } from '../../support/durations.ts';
import { lakeKeys } from '../../support/lake/lake-differences.ts';
import { lakeLines } from '../../support/run/live-export.ts';
import { BEGIN_MS, type Scene } from '../../support/run/scene.ts';
import { expectExactLake } from './promise.ts';
import { caughtUpAlways, exactAtOnce, exactWhileRows } from './proofs.ts';
import type { Proof, SourceCase } from './source-case.ts';

/** Rows that change after they were read, within the span that every run reads again, are right after the next run. */
const changesAreFollowed: Proof = async (scene) => {
  await scene.run();
  const { lookback } = streamDefinition(scene.stream).defaults;
  const reachMs = (parseDuration(lookback) ?? 0) - 10 * MINUTE_MS;
  for (const key of keysSince(scene, scene.now() - reachMs)) scene.world.change(key, { note: 'after the fact' });

  const { outcome } = await scene.run();

  expect(outcome).toBe('caught up');
  await expectExactLake(scene);
};

/** What a lookback does not reach, the daily deep one does (and a walk by version needs neither). */
const oldChangesAreFollowed: Proof = async (scene) => {
  await scene.run();
  for (const key of keysSince(scene, 0)) scene.world.change(key, { note: 'long after the fact' });
};

/** Nothing tells a client that a row is gone, and a row once in the lake stays there. */
const deletedRowsStay: Proof = async (scene) => {
  await scene.run();
  const gone = keysSince(scene, scene.now() - 12 * HOUR_MS);
  for (const key of gone) scene.world.remove(key);
  scene.advance(HOUR_MS);

  await scene.run();

  const kept = await lakeKeys(scene);
  expect(gone.length).toBeGreaterThan(5);
  expect(gone.filter((key) => !kept.has(key))).toEqual([]);
};

/** An outage that looks like an empty list: the run is caught up with nothing, and the runs after it make good. */
const emptyHourHidesNothing: Proof = async (scene) => {
  await scene.run();
  for (const key of keysSince(scene, 0).slice(0, 30)) scene.world.change(key, { note: 'unseen' });
  scene.advance(HOUR_MS);
  const during = await scene.run();
  scene.advance(HOUR_MS);
  const after = await scene.run();

  expect(during).toMatchObject({ outcome: 'caught up', rows: { read: 0 } });
  expect(after).toMatchObject({ outcome: 'caught up' });
};

/** Calls that are under way are counted, so that a person can see how many; their end comes through the lookback. */
const openRowsAreCounted: Proof = async (scene) => {
  const { status } = streamDefinition(scene.stream);
  const open = [...scene.world.current()].filter(({ line }) =>
    status?.open.includes(String(fieldOf(JSON.parse(line), status.field))),
  );

  const { rows } = await scene.run();

  expect(rows.open).toBe(open.length);
  expect(open.length > 0).toBe(status !== undefined);
  await expectExactLake(scene);
};

/** What a row of 25 MB has more than others. */
const LARGE = 'x'.repeat(25 * 1024 * 1024);

/** Rows grow too large for a line and shrink again, and are read like any others all the while. */
const rowsTooLargeForALine: Proof = async (scene) => {
  const [grows = '', shrinks = ''] = keysSince(scene, 0).slice(-2);
  const { table } = streamDefinition(scene.stream);
  const stubs = async () => {
    const lines = await lakeLines(scene.lake, table);
    return lines.flatMap(({ line }) => oversizedReference(Buffer.from(line)) ?? []).length;
  };
  scene.world.change(shrinks, { note: LARGE });
  const first = await scene.run();

  expect(first).toMatchObject({ outcome: 'caught up', rows: { oversized: 1 } });
  expect(await stubs()).toBe(1);
  await expectExactLake(scene);
  expect((await scene.run()).objects).toEqual([]);

  scene.world.change(shrinks, { note: 'short' });
  scene.world.change(grows, { note: LARGE });
  expect(await scene.run()).toMatchObject({ outcome: 'caught up', rows: { oversized: 1, changed: 2 } });
  expect(await stubs()).toBe(1);
  await expectExactLake(scene);
};

function keysSince({ world }: Scene, sinceMs: number): string[] {
  return [...world.current()].flatMap(({ key, time }) => (key !== undefined && time >= sinceMs ? [key] : []));
}

/** What rows may be like, of any vendor. */
export const rowCases: readonly SourceCase[] = [
  {
    name: 'a vendor as documented',
    why: 'the case that all others are measured by',
    prove: exactAtOnce,
  },
  {
    name: 'fields that are text here and lists there',
    why: "Crescendo's Media, Groups and Tags; a typed reader would refuse or convert them",
    knobs: { unionTypes: 1 },
    prove: exactAtOnce,
  },
  {
    name: 'fields that nobody documented',
    why: 'vendors add fields without notice, and the lake must hold them from the first day',
    knobs: { unknownFields: 0.5 },
    prove: exactAtOnce,
  },
  {
    name: 'integers beyond 2^53 and long decimals',
    why: 'JSON.parse rounds both',
    knobs: { bigNumbers: 0.5 },
    prove: exactAtOnce,
  },
  {
    name: 'names that stand twice in one row',
    why: 'JSON.parse keeps the last one only',
    knobs: { duplicateNames: 0.5 },
    prove: exactAtOnce,
  },
  {
    name: 'bodies broken into lines with CR LF',
    why: 'a row must be one line for every reader, and nothing else about it may change',
    knobs: { layout: 'crlf', unknownFields: 0.5, bigNumbers: 0.5, duplicateNames: 0.5, unionTypes: 1 },
    prove: caughtUpAlways(2),
  },
  {
    name: 'rows without a key',
    why: 'such a row is its own key, or one of them would take the place of all',
    knobs: { nullKeys: 0.2 },
    prove: caughtUpAlways(3),
  },
  {
    name: 'rows without a time',
    why: 'they belong to no date, yet to the lake',
    knobs: { nullTimes: 0.2 },
    prove: caughtUpAlways(3),
  },
  {
    name: 'rows that get their time hours after they came',
    why: 'the copy without a date must go when the one with a date comes',
    knobs: { untimed: { share: 0.5, forMs: 5 * HOUR_MS } },
    prove: caughtUpAlways(4),
  },
  {
    name: 'rows that show up hours late',
    why: 'search indices and wrappers lag; a watermark alone would pass them by',
    knobs: { late: { share: 0.3, byMs: 5 * HOUR_MS } },
    prove: caughtUpAlways(4),
  },
  {
    name: 'rows that show up late and without a time at first',
    why: 'both at once: they are read undated, then behind the watermark',
    knobs: { late: { share: 0.5, byMs: 2 * HOUR_MS }, untimed: { share: 0.5, forMs: 4 * HOUR_MS } },
    prove: caughtUpAlways(4),
  },
  {
    name: 'rows of 25 MB, which grow and shrink',
    why: 'a transcript with everything a tool returned; one such row must not stop its stream, and readers refuse such lines',
    prove: rowsTooLargeForALine,
  },
  {
    name: 'conversations that never end',
    why: 'an export that waits for the end of rows would wait for ever',
    knobs: { stuckOpen: 0.3 },
    prove: openRowsAreCounted,
  },
  {
    name: 'many rows that begin in one instant',
    why: 'paging by time alone loses those behind the page that the instant is cut by',
    knobs: { tieMs: 6 * HOUR_MS },
    prove: exactAtOnce,
  },
  {
    name: 'rows that change after they were read',
    why: 'ratings and summaries come when a conversation is long over',
    knobs: { ratingWithinMs: HOUR_MS },
    prove: changesAreFollowed,
  },
  {
    name: 'rows that change a day after they were read',
    why: 'no lookback of an hourly run reaches them; the daily one must',
    knobs: { ratingWithinMs: 20 * HOUR_MS },
    prove: oldChangesAreFollowed,
  },
  {
    name: 'rows that are deleted after they were read',
    why: 'the lake is the only copy that is left',
    prove: deletedRowsStay,
  },
  {
    name: 'an hour in which the vendor returns "nothing"',
    why: 'an outage of a search index looks like an empty list with status 200',
    knobs: { emptyDuring: [{ from: BEGIN_MS + 1, to: BEGIN_MS + HOUR_MS + 1 }] },
    prove: emptyHourHidesNothing,
  },
  {
    name: 'rows that come, change and go during a walk',
    why: 'pages of a live list shift under their readers',
    prove: exactWhileRows(['vanishes', 'changes', 'appears']),
  },
];
