import { expect } from 'vitest';
import type { RunEvent } from '../../../functions/engine/ports.ts';
import type { SeenRequest } from '../../simulator/faults.ts';
import { HOUR_MS } from '../../support/durations.ts';
import type { SceneKnobs } from '../../support/run/scene.ts';
import { sceneClock } from './pace-cases.ts';
import { expectExactLake, expectNothingWrong } from './promise.ts';
import { exactAtOnce, exactInRunsOf, exactWhileRows, exactWithin, stopsWith } from './proofs.ts';
import type { Proof, SourceCase } from './source-case.ts';

const ENDS = ['inclusive', 'exclusive'] as const;
const CURSORS = ['sort-key', 'offset', 'snapshot'] as const;
const ORDERS = ['newest-first', 'oldest-first'] as const;

/** Rows that lie on both edges of every window are there, and stay right when nothing is read again. */
const edgesAreRead: Proof = async (scene, of) => {
  await exactAtOnce(scene, of);
  scene.advance(HOUR_MS / 2);

  await scene.run({ settings: { lookbackMs: 0 } });

  await expectNothingWrong(scene);
};

/** Windows are cut in two, within the run, until a walk fits into a cursor's life. */
const windowsAreCut: Proof = async (scene) => {
  const { outcome } = await scene.run();

  expect(outcome).toBe('caught up');
  await expectExactLake(scene);
  scene.turn({ cursorLife: {} });
};

/** A cursor that expired during a wait starts the walk again, within the run. */
const walkStartsAgain: Proof = async (scene) => {
  const { outcome } = await scene.run(sceneClock(scene));

  expect(outcome).toBe('caught up');
  await expectNothingWrong(scene);
  scene.turn({ cursorLife: {} });
};

/** Whatever the vendor calls the parameter: the simulator's cursors are JSON objects in base64. */
const carriesCursor = (query: SeenRequest['query']) => Object.values(query).some((value) => value.startsWith('eyJ'));

/** Cursors that are refused start their walks again, within the run. */
const refusalsAreOvercome: Proof = async (scene) => {
  let restarts = 0;
  const observe = (event: RunEvent) => {
    if (event.event === 'windows-added' && event.reason === 'cursor-refused') restarts++;
  };

  const { outcome } = await scene.run({ observe });

  expect(outcome).toBe('caught up');
  expect(restarts).toBeGreaterThan(0);
  await expectExactLake(scene);
};

const waitAtThird: SceneKnobs = {
  faults: (number) => (number === 3 ? { kind: 'status', status: 429, retryAfter: '60' } : undefined),
};

/** What a vendor with page cursors may do. */
export const cursorCases: readonly SourceCase[] = [
  ...ENDS.flatMap((fromEnd) =>
    ENDS.map((toEnd) => ({
      name: `windows whose from is ${fromEnd} and whose to is ${toEnd}`,
      why: 'no documentation says which; every row begins on the edge of a window here',
      knobs: { tieMs: HOUR_MS, fromEnd, toEnd },
      configuration: { window: '3 hours' },
      prove: edgesAreRead,
    })),
  ),
  ...CURSORS.flatMap((cursor) =>
    ORDERS.map((order) => ({
      name: `${cursor} cursors, ${order}, while rows come, change and go`,
      why: 'what a cursor remembers is documented nowhere; an offset skips rows when others go',
      knobs: { cursor, order },
      prove: exactWhileRows(['vanishes', 'changes', 'appears']),
    })),
  ),
  ...ORDERS.map((order) => ({
    name: `runs with time for five pages, ${order}`,
    why: 'a walk that is cut short has read its newest rows, or its oldest, and claims neither',
    knobs: { order },
    prove: exactInRunsOf(5),
  })),
  {
    name: 'empty pages in the midst of a walk',
    why: 'a wrapper narrows pages to one agent; a client that stops there loses the rest',
    knobs: { emptyPageEvery: 2 },
    prove: exactAtOnce,
  },
  {
    name: 'short pages in the midst of a walk',
    why: 'a page that is not full is not the end',
    knobs: { shortPageEvery: 2 },
    prove: exactAtOnce,
  },
  {
    name: 'empty and short pages',
    why: 'both, out of step with each other',
    knobs: { emptyPageEvery: 3, shortPageEvery: 2 },
    prove: exactAtOnce,
  },
  {
    name: 'a last cursor that leads to one more, empty page',
    why: 'vendors that do not look ahead cannot know that nothing follows',
    knobs: { lastCursor: 'live' },
    prove: exactAtOnce,
  },
  {
    name: 'totals that drift from page to page',
    why: 'rows come and go while they are counted',
    knobs: { total: 'drifting' },
    prove: exactAtOnce,
  },
  {
    name: 'a total that stops below the truth',
    why: 'Elasticsearch counts to 10,000 unless told otherwise; to stop at the total would lose rows',
    knobs: { total: { saturatesAt: 25 } },
    prove: exactAtOnce,
  },
  {
    name: 'cursors that live for three pages',
    why: 'a walk longer than that never ends; smaller windows have shorter walks',
    knobs: { cursorLife: { pages: 3 } },
    prove: windowsAreCut,
  },
  {
    name: 'cursors good for one use, and responses that get lost',
    why: 'the page whose response was lost cannot be asked for again: the walk has to begin anew',
    knobs: { cursorLife: { uses: 1 }, faults: (number) => (number % 9 === 5 ? { kind: 'half' } : undefined) },
    prove: exactWithin(8),
  },
  {
    name: 'cursors that expire while the vendor has us wait',
    why: 'a wait of a minute outlasts many a cursor',
    knobs: { cursorLife: { ms: 30_000 }, ...waitAtThird },
    prove: walkStartsAgain,
  },
  {
    name: 'cursors of which the first few are refused',
    why: 'a vendor that was restarted forgets its cursors; the run goes on all the same',
    knobs: {
      faults: (number, { query }) =>
        number < 12 && carriesCursor(query) ? { kind: 'status', status: 400 } : undefined,
    },
    configuration: { concurrency: 4 },
    prove: refusalsAreOvercome,
  },
  {
    name: 'a cursor that does not advance',
    why: 'without a guard the same page is read for ever',
    spoilt: { stuckAtPage: 2 },
    rows: 200,
    prove: stopsWith('paging-stuck'),
  },
  {
    name: 'a list that begins again under fresh cursors',
    why: 'clients that trust the cursor walk it for ever',
    spoilt: { goesRoundAtPage: 3 },
    rows: 200,
    prove: stopsWith('paging-stuck'),
  },
  {
    name: 'null for the rows of an empty last page',
    why: 'some languages print an empty list so',
    knobs: { noRows: 'null', lastCursor: 'live' },
    prove: exactAtOnce,
  },
];

/** A missing sign of the end that is required: it must not be taken for the end. */
export function endMustBeSaid(name: string, spoilt: SceneKnobs): SourceCase {
  return {
    name,
    why: 'an end that is guessed is an end that comes too early some day',
    spoilt,
    prove: stopsWith('body-unexpected'),
  };
}

/** A missing sign of the end where another one stands for it. */
export function endIsSaidOtherwise(name: string, knobs: SceneKnobs): SourceCase {
  return { name, why: "the vendor's other sign of the end is there", knobs, prove: exactAtOnce };
}
