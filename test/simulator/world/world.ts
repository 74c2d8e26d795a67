import { asLine, breakLines } from '../layout.ts';
import { fieldOf, firstInstant, keyIn } from '../rows/fields.ts';
import { instantUs } from '../rows/instants.ts';
import type { RowKind } from '../rows/row-kind.ts';
import { renderTime } from '../rows/salesloft.ts';
import type { RowKnobs } from './knobs.ts';
import { makeLife } from './life.ts';
import { countInSpan, inOrder, type Ref, versionOf, type WorldView } from './order.ts';
import { changed, FIRST_PUT_TIE, noMutations, type Overlay, type OverlayEntry } from './overlay.ts';
import { makeTimeline } from './timeline.ts';

/** One row as the vendor would return it now. */
export interface WorldRow {
  /** Undefined where the row has no key. */
  readonly key: string | undefined;
  /** When the row begins, as the vendor knows it (the row may not tell). Epoch ms, cut. */
  readonly time: number;
  /** The vendor's own text of the version, for streams that have one. */
  readonly version?: string;
  /** The row's text as served, without line breaks between tokens: the line that belongs into a lake. */
  readonly line: string;
}

/** What a put row says where its own fields do not: its key, and when the vendor takes it to have begun (epoch ms). */
export interface PutOptions {
  readonly key?: string;
  readonly time?: number;
}

/** The rows of one stream. Mutations are visible at once, to walks under way too unless they read a snapshot. */
export interface World {
  /** Adds rows, or new versions of rows: JSON text is served byte for byte. */
  put(rows: string | object | readonly (string | object)[], options?: PutOptions): void;
  /** The row is gone, as after a deletion; nothing tells a client so. */
  remove(key: string): void;
  /** A new version of a row that is there: the fields are replaced at the top level, the order of the others stays. */
  change(key: string, fields: Readonly<Record<string, unknown>>): void;
  /** Gives all these rows one version: a bulk update. Streams with versions only. */
  touch(keys: Iterable<string>, atMs: number): void;
  /** Every row in order of time. */
  current(): IterableIterator<WorldRow>;
  /** How many rows there are now; fast, however many. */
  count(): number;
  /** As it was so long ago, of rows that are generated. */
  row(key: string, agoMs?: number): WorldRow | undefined;
  /** Every line that was ever served of each key, in order of appearance; empty unless the simulator remembers. */
  shown(): ReadonlyMap<string, ReadonlySet<string>>;
  /** Forgets mutations and what was shown. */
  reset(): void;
  /** The rows as they are at this moment; for the simulator's own handlers. */
  view(): WorldView;
  /** The row's text as it would be served. */
  peek(view: WorldView, ref: Ref): string;
  /** The same, remembered as shown. */
  serve(view: WorldView, ref: Ref): string;
}

/** What a world is made from. */
export interface WorldSettings {
  readonly kind: RowKind;
  readonly seed: number;
  readonly rows: number;
  readonly days: number;
  /** The first generated row begins here or later. Epoch ms. */
  readonly sinceMs: number;
  readonly now: () => number;
  readonly knobs: () => RowKnobs;
  readonly remember: boolean;
}

/** Makes the world of one stream; there are no generated rows before the timeline's origin (2020). */
export function makeWorld(settings: WorldSettings): World {
  const { kind, now, knobs } = settings;
  const { definition } = kind;
  const timeline = makeTimeline({ ...settings, grainUs: Math.max(kind.grainUs, knobs().tieMs * 1000) });
  const life = makeLife(settings);
  const firstOrdinal = timeline.firstAtOrAfter(settings.sinceMs * 1000);
  const shown = new Map<string, Set<string>>();
  let overlay: Overlay = noMutations;
  let puts = 0;

  const view = (): WorldView => ({ kind, timeline, life, overlay, firstOrdinal, nowMs: now() });

  function textOf(seen: WorldView, ref: Ref): string {
    const { entry } = ref;
    if (entry?.text !== undefined) return entry.text;
    const ordinal = entry?.ordinal ?? ref.tie;
    const atUs = timeline.atUs(ordinal);
    const text = kind.text(ordinal, {
      atUs,
      versionUs: entry?.versionUs ?? versionOf(seen, ordinal) ?? atUs,
      nowMs: seen.nowMs,
    });
    return knobs().layout === 'crlf' ? breakLines(text, '\r\n', 2) : text;
  }
  function describe(seen: WorldView, ref: Ref): WorldRow {
    const text = textOf(seen, ref);
    const { entry } = ref;
    const ordinal = entry?.ordinal ?? ref.tie;
    const key = entry ? entry.key : kind.showsKey(ordinal) ? kind.key(ordinal) : undefined;
    const time = Math.floor((entry?.atUs ?? timeline.atUs(ordinal)) / 1000);
    const version = definition.version && fieldOf(JSON.parse(text), definition.version);
    return { key, time, ...(typeof version === 'string' ? { version } : {}), line: asLine(text) };
  }
  function find(seen: WorldView, key: string): Ref | undefined {
    const tie = overlay.tieOf.get(key) ?? kind.ordinalOf(key);
    if (tie === undefined) return undefined;
    const entry = overlay.entries.get(tie);
    if (entry) return { us: entry.atUs, tie, entry };
    const gone = tie >= FIRST_PUT_TIE || overlay.hidden.has(tie) || versionOf(seen, tie) === undefined;
    return gone ? undefined : { us: timeline.atUs(tie), tie, entry: undefined };
  }
  function mustFind(seen: WorldView, key: string): Ref {
    const ref = find(seen, key);
    if (!ref) throw new Error(`${definition.stream} has no row ${key} now`);
    return ref;
  }
  function entryFor(row: string | object, options: PutOptions): OverlayEntry {
    const text = typeof row === 'string' ? row : JSON.stringify(row);
    const parsed: unknown = JSON.parse(text);
    const key = options.key ?? keyIn(parsed, definition.key);
    const known = key === undefined ? undefined : (overlay.tieOf.get(key) ?? kind.ordinalOf(key));
    const givenUs = options.time === undefined ? undefined : options.time * 1000;
    const atUs = givenUs ?? firstInstant(parsed, definition.time) ?? now() * 1000;
    const versionUs = (definition.version && instantUs(fieldOf(parsed, definition.version))) ?? atUs;
    const tie = known ?? FIRST_PUT_TIE + puts++;
    return { key, ordinal: tie < FIRST_PUT_TIE ? tie : undefined, tie, atUs, versionUs, text };
  }

  return {
    view,
    put(rows, options = {}) {
      const many = Array.isArray(rows) ? (rows as readonly (string | object)[]) : [rows as string | object];
      overlay = changed(overlay, (apply) => {
        for (const row of many) apply.put(entryFor(row, options));
      });
    },
    remove(key) {
      const { tie } = mustFind(view(), key);
      overlay = changed(overlay, (apply) => apply.remove(tie));
    },
    change(key, fields) {
      const seen = view();
      const ref = mustFind(seen, key);
      const row: unknown = JSON.parse(textOf(seen, ref));
      const bump = definition.version && !(definition.version[0] in fields);
      const version = bump ? { [definition.version[0]]: renderTime(knobs(), now() * 1000) } : {};
      const atUs = ref.entry?.atUs ?? timeline.atUs(ref.tie);
      overlay = changed(overlay, (apply) => {
        apply.put({ ...entryFor({ ...(row as object), ...version, ...fields }, { key }), atUs });
      });
    },
    touch(keys, atMs) {
      if (!definition.version) throw new Error(`${definition.stream} has no versions; use change`);
      const seen = view();
      overlay = changed(overlay, (apply) => {
        for (const key of keys) {
          const { tie, entry } = mustFind(seen, key);
          const text = entry?.text?.replace(/("updated_at"\s*:\s*)"[^"]*"/, `$1"${renderTime(knobs(), atMs * 1000)}"`);
          const atUs = entry?.atUs ?? timeline.atUs(tie);
          apply.put({ key, tie, ordinal: tie < FIRST_PUT_TIE ? tie : undefined, atUs, versionUs: atMs * 1000, text });
        }
      });
    },
    *current() {
      const seen = view();
      for (const ref of inOrder(seen, 'time', 'asc', { us: -Infinity, tie: -1 })) yield describe(seen, ref);
    },
    count: () => countInSpan(view(), -Infinity, Infinity),
    row(key, agoMs = 0) {
      const seen = agoMs === 0 ? view() : { ...view(), nowMs: now() - agoMs };
      const ref = find(seen, key);
      return ref && describe(seen, ref);
    },
    shown: () => shown,
    reset() {
      overlay = noMutations;
      shown.clear();
    },
    peek: textOf,
    serve(seen, ref) {
      const text = textOf(seen, ref);
      if (settings.remember) {
        const { key, line } = describe(seen, ref);
        const lines = shown.get(key ?? line) ?? new Set();
        shown.set(key ?? line, lines.add(line));
      }
      return text;
    },
  };
}
