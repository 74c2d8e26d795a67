import type { CursorKnobs } from '../world/knobs.ts';
import { countInSpan, inOrder, type OrderPosition, type Ref, type WorldView } from '../world/order.ts';
import type { World } from '../world/world.ts';
import { isEmptyNow } from './api.ts';

/** What a page cursor holds, base64url of JSON: all that the walk needs, so that the server need not remember walks. */
interface Token {
  /** `[from, to)` in epoch microseconds. */
  readonly span: readonly [number, number];
  readonly page: number;
  /** The last row shown, or how many rows were, as the cursor knob has it. */
  readonly us: number;
  readonly tie: number;
  readonly offset: number;
  readonly snapshot?: number;
  readonly givenAt: number;
  /** Tells this walk's cursors from another's. */
  readonly walk: number;
  readonly end?: true;
}

/** One page of a walk by cursor. */
export interface CursorPage {
  /** Made one by one while they are read; to be read once. */
  readonly rows: Iterable<string>;
  readonly empty: boolean;
  readonly total: number;
  readonly next: string | undefined;
}

export interface CursorPages {
  /**
   * The page behind a cursor, or the first page of a span `[fromUs, toUs)`; with a cursor, a span may be left out.
   * Undefined when the cursor is refused.
   */
  read(ask: {
    readonly cursor: string | undefined;
    readonly span: readonly [number, number] | undefined;
    readonly limit: number;
    readonly keep?: (text: string) => boolean;
  }): CursorPage | undefined;
  reset(): void;
}

const KEPT_SNAPSHOTS = 200;

/** Pages by cursor over one world, with everything that the knobs let go wrong. */
export function makeCursorPages(world: World, knobs: () => CursorKnobs): CursorPages {
  const snapshots = new Map<number, WorldView>();
  const uses = new Map<string, number>();
  let walks = 0;

  function accept(cursor: string, at: number): Token | undefined {
    const token = decode(cursor);
    const { cursorLife } = knobs();
    const used = (uses.get(cursor) ?? 0) + 1;
    if (cursorLife.uses !== undefined) uses.set(cursor, used);
    if (!token || used > (cursorLife.uses ?? Infinity)) return undefined;
    if (token.page > (cursorLife.pages ?? Infinity) || at - token.givenAt > (cursorLife.ms ?? Infinity))
      return undefined;
    return token.snapshot !== undefined && !snapshots.has(token.snapshot) ? undefined : token;
  }

  function startOf(span: readonly [number, number]): OrderPosition {
    return { us: knobs().order === 'oldest-first' ? span[0] : span[1], tie: -1 };
  }

  function first(span: readonly [number, number], at: number): Token {
    const walk = ++walks;
    const token = { span, page: 1, ...startOf(span), offset: 0, givenAt: at, walk };
    if (knobs().cursor !== 'snapshot') return token;
    snapshots.set(walk, world.view());
    snapshots.delete(walk - KEPT_SNAPSHOTS);
    return { ...token, snapshot: walk };
  }

  function read(ask: Parameters<CursorPages['read']>[0]): CursorPage | undefined {
    const now = knobs();
    const live = world.view();
    const at = live.nowMs;
    const sent = ask.cursor === undefined ? undefined : accept(ask.cursor, at);
    if (ask.cursor !== undefined && !sent) return undefined;
    const token = sent ?? first(ask.span ?? [-Infinity, Infinity], at);
    const span = ask.span ?? token.span;
    const view = (token.snapshot === undefined ? undefined : snapshots.get(token.snapshot)) ?? live;
    const total = shownTotal(countInSpan(view, span[0], span[1]), token.page);
    const give = (place: OrderPosition, offset: number, end?: true) =>
      encode({ ...token, ...place, offset, page: token.page + 1, givenAt: at, ...(end ? { end } : {}) });
    if (token.end || isEmptyNow(now.emptyDuring, at)) return { rows: [], empty: true, total, next: undefined };
    if (now.emptyPageEvery && token.page % now.emptyPageEvery === 0) {
      return { rows: [], empty: true, total, next: give(token, token.offset) };
    }
    const short = now.shortPageEvery && token.page % now.shortPageEvery === 0;
    const size = short ? Math.max(1, Math.floor(ask.limit / 2)) : ask.limit;
    const page = take(view, token, span, size, ask.keep);
    const { rows, empty } = page;
    if (now.goesRoundAtPage !== undefined && token.page >= now.goesRoundAtPage) {
      return { rows, empty, total, next: give(startOf(span), 0) };
    }
    if (!page.more)
      return { rows, empty, total, next: now.lastCursor === 'live' ? give(page.last, 0, true) : undefined };
    const stuck = now.stuckAtPage !== undefined && token.page >= now.stuckAtPage;
    return { rows, empty, total, next: stuck && ask.cursor ? ask.cursor : give(page.last, page.offset) };
  }

  function take(
    view: WorldView,
    token: Token,
    span: readonly [number, number],
    size: number,
    keep?: (text: string) => boolean,
  ) {
    const now = knobs();
    const oldestFirst = now.order === 'oldest-first';
    const counted = now.cursor === 'offset';
    const edge = { us: oldestFirst ? span[0] : span[1], tie: -1 };
    const refs: Ref[] = [];
    const rows = served(view, refs);
    let last: OrderPosition = token;
    const toSkip = counted ? token.offset : 0;
    let passed = -toSkip;
    for (const ref of inOrder(view, 'time', oldestFirst ? 'asc' : 'desc', counted ? edge : token)) {
      if (oldestFirst ? ref.us >= span[1] : ref.us < span[0]) break;
      if (!oldestFirst && ref.us >= span[1]) continue;
      if (passed < 0) {
        passed++;
        continue;
      }
      if (keep && !keep(world.peek(view, ref))) {
        passed++;
        continue;
      }
      if (refs.length === size) return { rows, empty: false, last, more: true, offset: token.offset + passed };
      passed++;
      refs.push(ref);
      last = { us: ref.us, tie: ref.tie };
    }
    return { rows, empty: refs.length === 0, last, more: false, offset: token.offset + passed };
  }

  function* served(view: WorldView, refs: readonly Ref[]): Generator<string> {
    for (const ref of refs) yield world.serve(view, ref);
  }

  function shownTotal(count: number, page: number): number {
    const { total } = knobs();
    if (total === 'exact') return count;
    return total === 'drifting' ? Math.max(0, count + ((page * 7) % 5) - 2) : Math.min(count, total.saturatesAt);
  }

  return {
    read,
    reset() {
      snapshots.clear();
      uses.clear();
    },
  };
}

/** Whether null stands for the rows of the page. */
export function isNull({ empty, next }: CursorPage, { noRows }: CursorKnobs): boolean {
  return noRows === 'null' && empty && next === undefined;
}

function encode(token: Token): string {
  return Buffer.from(
    JSON.stringify(token, (_, value) => (value === Infinity ? 'inf' : value === -Infinity ? '-inf' : value)),
  ).toString('base64url');
}

function decode(cursor: string): Token | undefined {
  try {
    const token: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString(), (_, value) =>
      value === 'inf' ? Infinity : value === '-inf' ? -Infinity : value,
    );
    return typeof token === 'object' && token !== null && 'span' in token && 'page' in token
      ? (token as Token)
      : undefined;
  } catch {
    return undefined;
  }
}
