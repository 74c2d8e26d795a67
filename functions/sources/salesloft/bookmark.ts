import { ConvlakeError } from '../../engine/errors.ts';
import type { Bookmark, Span } from '../../engine/source.ts';
import { keysOf, nothingSeen, seenFrom, seenText } from './seen.ts';
import { type KeysetWalk, keyStep, type NumberStep, numberStep, type Pass, type Step, type Tie } from './step.ts';
import { storedWithin, type Timestamp, timestampAt, timestampOf } from './timestamp.ts';

/** How far the walk has got once everything before the step is read. */
export function bookmarkOf(step: Step): Bookmark {
  const [outer, inner] = step.ties;
  const bound = step.by === 'key' ? step.bound : undefined;
  const at = outer?.from ?? bound;
  if (!at) throw new Error('a step outside a tie has a bound');
  if (!outer) return { at: at.text };
  const until = outer.to.text;
  // Inside a tie from its first row on: rows without a `created_at` come first, which no bound finds.
  const createdFrom = inner?.from ?? bound;
  if (!createdFrom) return { at: at.text, tied: { until } };
  const tied = { createdFrom: createdFrom.text, until };
  return { at: at.text, tied: inner && step.by === 'number' ? { ...tied, ...passTexts(step, inner) } : tied };
}

/** Where the passes over a tie stand, as texts. */
function passTexts(step: NumberStep, { to }: Tie): Record<string, string> {
  const { page, barren, found, before, count, sinceCount } = step;
  const keys = count === undefined ? undefined : keysOf(sinceCount);
  return {
    createdUntil: to.text,
    page: String(page),
    ...(barren && { barren: 'true' }),
    found: seenText(found),
    ...(before && { before: seenText(before) }),
    ...(count !== undefined && { count: String(count) }),
    ...(keys && { since: seenText(sinceCount), sinceKeys: keys.join('') }),
  };
}

/** The start of the span, or the bookmark of a walk that was cut short, inside a tie too. */
export function firstStep(walk: KeysetWalk, span: Span, bookmark: Bookmark | undefined): Step {
  if (!bookmark) return keyStep(walk, [], timestampAt(span.from * 1000));
  const at = ownTimestamp(walk, bookmark.at);
  const { tied } = bookmark;
  if (!tied) return keyStep(walk, [], at);
  const own = tiedOf(walk, tied);
  if (walk.fields.length < 2) return keyStep(walk, [], at);
  const tie = own.until ? { from: at, to: own.until } : storedWithin(at);
  if (!own.numbered) return keyStep(walk, [tie], own.createdFrom);
  return numberStep(walk, [tie, own.numbered.tie], own.numbered.pass);
}

interface Tied {
  readonly createdFrom: Timestamp | undefined;
  readonly until: Timestamp | undefined;
  /** Of a tie of both fields: its span of the second one, and where its passes stand. */
  readonly numbered: { readonly tie: Tie; readonly pass: Pass } | undefined;
}

/**
 * What `bookmarkOf` puts into `tied`, and nothing else: a guess could pass over rows. Without `createdFrom` it is the first row of
 * the tie. Bookmarks from before November 2026 lack `until`, and their `at` is the instant itself.
 */
function tiedOf(walk: KeysetWalk, tied: NonNullable<Bookmark['tied']>): Tied {
  const { createdFrom, until, createdUntil, ...rest } = tied;
  const { page, barren, found, before, count, since, sinceKeys, ...others } = rest;
  if ((createdFrom ?? until) === undefined || Object.keys(others).length > 0) {
    const names = Object.keys(tied).join(', ') || 'nothing';
    throw unreadable(walk, `\`tied\` should hold createdFrom and until, not ${names}`);
  }
  const from = createdFrom === undefined ? undefined : ownTimestamp(walk, createdFrom);
  const own = { createdFrom: from, until: until === undefined ? undefined : ownTimestamp(walk, until) };
  if (createdUntil === undefined && Object.keys(rest).length === 0) return { ...own, numbered: undefined };
  const pass = passOf({ page, barren, found, before, count, since, sinceKeys });
  if (!pass || !from || !own.until || createdUntil === undefined) {
    throw unreadable(walk, '`tied` does not say where a pass stands');
  }
  return { ...own, numbered: { tie: { from, to: ownTimestamp(walk, createdUntil) }, pass } };
}

/** What `passTexts` wrote; undefined for anything else. */
function passOf(texts: Readonly<Record<string, string | undefined>>): Pass | undefined {
  const [page, count] = [numberOf(texts['page']), numberOf(texts['count'])];
  const found = seenFrom(texts['found'] ?? '');
  const before = seenFrom(texts['before'] ?? '');
  // Rows that are too many to be listed are not known since when the count has been what it is.
  const sinceCount = texts['since'] === undefined ? notListed : seenFrom(texts['since'], texts['sinceKeys']);
  const isOwn =
    page !== undefined &&
    (texts['before'] === undefined || before) &&
    (texts['count'] === undefined || count !== undefined) &&
    (texts['barren'] === undefined || texts['barren'] === 'true') &&
    (texts['since'] === undefined) === (texts['sinceKeys'] === undefined);
  if (!isOwn || !page || !found || !sinceCount) return undefined;
  // What came before the first page of a pass is nothing, which is known.
  return {
    page,
    barren: texts['barren'] !== undefined,
    found: found.count === 0 ? nothingSeen : found,
    before,
    count,
    sinceCount,
  };
}

const notListed = { ...nothingSeen, listed: undefined };

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function ownTimestamp(walk: KeysetWalk, text: string): Timestamp {
  const timestamp = timestampOf(JSON.stringify(text));
  if (timestamp) return timestamp;
  throw unreadable(walk, 'it is not a time with an offset');
}

function unreadable({ stream }: KeysetWalk, problem: string): ConvlakeError {
  return new ConvlakeError(
    'checkpoint-unreadable',
    'stop-stream',
    `${stream}: cannot resume from the bookmark in the checkpoint: ${problem}; rewind the stream to have it read again.`,
  );
}
