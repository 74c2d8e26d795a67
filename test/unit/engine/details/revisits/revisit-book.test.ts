import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../../../functions/engine/details/revisits/next-revisit.ts';
import { idOf } from '../../../../../functions/engine/details/revisits/revisit.ts';
import { RevisitBook } from '../../../../../functions/engine/details/revisits/revisit-book.ts';
import { Rank } from '../../../../../functions/engine/rows/identify.ts';
import { HOUR_MS } from '../../../../support/durations.ts';
import { type Effect, MemoryCheckpoint, MemoryLake } from '../../../../support/run/memory-ports.ts';
import { withDetails } from '../../../../support/run/with-details.ts';
import { portsOf, ScriptedVendor, START_MS, scriptedSettings } from '../../../../support/vendor/scripted-vendor.ts';

const KEY = 'crescendo_vocconv_revisits/tenant=a/revisits.ndjson.gz';
const open: Outcome = { rank: Rank.open, incomplete: false };
const final: Outcome = { rank: Rank.final, incomplete: false };
const headOf = (id: string) => ({
  key: JSON.stringify(id),
  time: JSON.stringify(new Date(START_MS).toISOString()),
  version: undefined,
  listed: '1.aa',
});

/** A lake, and runs that open the book of it. */
function desk() {
  const lake = new MemoryLake();
  const open = (now: number, effect: Effect = () => undefined) => {
    const ports = portsOf(new ScriptedVendor(), lake, new MemoryCheckpoint(), { now, effect });
    const of = { ...scriptedSettings, definition: withDetails('crescendo.vocconv'), tenant: 'a' };
    return RevisitBook.open(of, { ports, runId: 'run' });
  };
  /** What a run that begins a month later finds in the lake. */
  const held = async () => (await open(START_MS)).due(Number.POSITIVE_INFINITY).map(({ head }) => idOf(head));
  return { lake, open, held };
}

describe('a book of revisits', () => {
  test('is an object of the lake once there is something to ask for again, and not before', async () => {
    const { lake, open: openBook, held } = desk();
    const book = await openBook(START_MS);
    await book.commit();
    const none = lake.objects.size;

    book.tell(headOf('a'), open);
    await book.commit();

    expect([none, [...lake.objects.keys()]]).toEqual([0, [KEY]]);
    expect(await held()).toEqual(['a']);
  });

  test('has what is due, and not what is not', async () => {
    const { open: openBook } = desk();
    const book = await openBook(START_MS);
    book.tell(headOf('a'), open);
    await book.commit();

    expect(book.due(START_MS + HOUR_MS - 1)).toEqual([]);
    expect(book.due(START_MS + HOUR_MS)).toMatchObject([{ head: headOf('a'), why: 'open', tries: 0 }]);
  });

  test('is not written when nothing changes, nor when the list names again what waits for its turn', async () => {
    const { lake, open: openBook } = desk();
    const first = await openBook(START_MS);
    first.tell(headOf('a'), open);
    await first.commit();
    const { writes } = lake;

    const second = await openBook(START_MS + HOUR_MS / 2);
    second.tell(headOf('a'), open);
    second.tell(headOf('b'), final);
    await second.commit();

    expect(lake.writes).toBe(writes);
  });

  test('lets an id go, or puts it off, only once its line is in the lake', async () => {
    const { open: openBook, held } = desk();
    const first = await openBook(START_MS);
    for (const id of ['done', 'still open']) first.tell(headOf(id), open);
    await first.commit();
    const later = START_MS + 2 * HOUR_MS;
    const book = await openBook(later);
    let committed = false;
    book.tell(headOf('done'), final)(() => committed);
    book.tell(headOf('still open'), open)(() => committed);

    await book.commit();
    const before = (await openBook(later)).due(later).map(({ head }) => idOf(head));
    committed = true;
    await book.commit();

    expect(before).toEqual(['done', 'still open']);
    expect(book.due(later)).toEqual([]);
    expect((await openBook(later)).due(later)).toEqual([]);
    expect(await held()).toEqual(['still open']);
  });

  test('keeps what it was told where its line was never said to be in the lake', async () => {
    const { open: openBook, held } = desk();
    const book = await openBook(START_MS);
    book.tell(headOf('a'), open);
    await book.commit();

    book.tell(headOf('a'), final);
    await book.commit();

    expect(await held()).toEqual(['a']);
  });

  test('has an id under the state that its line is of, once a list names it so', async () => {
    const { open: openBook } = desk();
    const first = await openBook(START_MS);
    for (const id of ['a', 'b']) first.tell(headOf(id), open);
    await first.commit();
    const book = await openBook(START_MS);
    book.tell(headOf('b'), final)(() => true);
    for (const id of ['a', 'b', 'c']) book.held({ ...headOf(id), listed: '1.bb' });

    await book.commit();

    const due = (await openBook(START_MS)).due(Number.POSITIVE_INFINITY);
    expect(due).toEqual([{ ...first.due(Number.POSITIVE_INFINITY)[0], head: { ...headOf('a'), listed: '1.bb' } }]);
  });

  test('has an id under the state that its line is to be of before that is in the lake, and until it is known to be there', async () => {
    const { open: openBook, held } = desk();
    const first = await openBook(START_MS);
    first.tell(headOf('a'), open);
    await first.commit();
    const [waiting] = first.due(Number.POSITIVE_INFINITY);
    const book = await openBook(START_MS + 2 * HOUR_MS);
    let committed = false;
    const head = { ...headOf('a'), listed: '1.bb' };
    book.tell(head, final)(() => committed);

    await book.commit();
    const between = (await openBook(START_MS)).due(Number.POSITIVE_INFINITY);
    committed = true;
    await book.commit();

    expect(between).toEqual([{ ...waiting, head }]);
    expect(await held()).toEqual([]);
  });

  test('is written before any object that the lines of its ids go to', async () => {
    const { lake, open: openBook } = desk();
    const order: string[] = [];
    const book = await openBook(START_MS, (name) => void (name.startsWith('replace ') && order.push(name)));
    const ahead = book.ahead(lake.connect((name) => void (name.startsWith('replace ') && order.push(name))));
    book.tell(headOf('a'), open);

    await ahead.replace('partition', undefined, pieces('line\n'), { commitId: 'c', runId: 'r', rows: 1 });

    expect(order).toEqual([`replace ${KEY}`, 'replace partition']);
  });

  test('takes in what two runs tell at the same time', async () => {
    const { open: openBook, held } = desk();
    const [one, other] = [await openBook(START_MS), await openBook(START_MS)];
    one.tell(headOf('a'), open);
    other.tell(headOf('b'), open);

    await Promise.all([one.commit(), other.commit()]);

    expect(new Set(await held())).toEqual(new Set(['a', 'b']));
  });

  test('keeps an id that another run has noted meanwhile, and the earlier of two instants', async () => {
    const { open: openBook, held } = desk();
    const first = await openBook(START_MS);
    first.tell(headOf('a'), open);
    await first.commit();
    const later = START_MS + HOUR_MS;
    const [one, other] = [await openBook(later), await openBook(later + 12 * HOUR_MS)];
    one.tell(headOf('a'), open)(() => true);
    other.tell(headOf('a'), final)(() => true);
    other.tell(headOf('b'), open);
    one.tell(headOf('b'), open);

    await one.commit();
    await other.commit();

    expect(new Set(await held())).toEqual(new Set(['a', 'b']));
    const [b] = (await openBook(later)).due(later + HOUR_MS);
    expect(b).toMatchObject({ head: headOf('b'), due: later + HOUR_MS });
  });

  test('has an id that another run has put off under the state that its line is of by now', async () => {
    const { open: openBook } = desk();
    const first = await openBook(START_MS);
    first.tell(headOf('a'), open);
    await first.commit();
    const later = START_MS + HOUR_MS;
    const [one, other] = [await openBook(later), await openBook(later)];
    const newer = { ...headOf('a'), listed: '1.bb' };
    one.tell(headOf('a'), open)(() => true);
    other.tell(newer, final)(() => true);

    await one.commit();
    await other.commit();

    const [a] = (await openBook(later)).due(Number.POSITIVE_INFINITY);
    expect(a?.head).toEqual(newer);
  });

  test('is written by a later commit where one failed', async () => {
    const { open: openBook, held } = desk();
    let fails = true;
    const book = await openBook(START_MS, (name) => {
      if (fails && name.startsWith('replace ')) throw new Error('no lake');
    });
    book.tell(headOf('a'), open);
    await expect(book.commit()).rejects.toThrow('no lake');

    fails = false;
    await book.commit();

    expect(await held()).toEqual(['a']);
  });

  test('keeps what another run has noted, where the object could not be read after it was replaced', async () => {
    const { open: openBook, held } = desk();
    let refusals = 0;
    const first = await openBook(START_MS, (name) => {
      if (!name.startsWith('read ') || ++refusals > 1) return;
      throw new Error('the lake is not well');
    });
    const second = await openBook(START_MS);
    second.tell(headOf('b'), open);
    await second.commit();
    first.tell(headOf('a'), open);

    await expect(first.commit()).rejects.toThrow('not well');
    await first.commit();

    expect((await held()).toSorted()).toEqual(['a', 'b']);
  });

  test('gives up while others keep committing to it, and says so', async () => {
    const { open: openBook } = desk();
    let others = 0;
    const book = await openBook(START_MS, async (name) => {
      if (!name.startsWith('replace ')) return;
      const other = await openBook(START_MS);
      other.tell(headOf(`other-${others++}`), open);
      await other.commit();
    });
    book.tell(headOf('a'), open);

    await expect(book.commit()).rejects.toMatchObject({ code: 'commit-contended' });
  });

  test('holds many ids', async () => {
    const { open: openBook, held } = desk();
    const book = await openBook(START_MS);
    const ids = Array.from({ length: 5000 }, (_, i) => `id-${i}`);
    for (const id of ids) book.tell(headOf(id), open);

    await book.commit();

    expect(await held()).toEqual(ids);
  });
});

async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
