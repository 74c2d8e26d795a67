import { type DetailDefinition, type DetailStreamName, streamDefinition } from '../../../contract/streams.ts';
import { asLine, breakLines } from '../layout.ts';
import { fieldOf } from '../rows/fields.ts';
import { type CommonKnobs, detailKnobs } from '../world/knobs.ts';
import type { World } from '../world/world.ts';
import { type DetailKind, drawFor, type Subject } from './detail-kind.ts';

/** What the vendor responds to a request for one detail. */
export type DetailAnswer =
  | {
      readonly status: 200;
      readonly text: string;
      readonly parts: readonly string[] | undefined;
      readonly isOther: boolean;
    }
  | {
      readonly status: 403 | 404 | 410 | 502;
      readonly text?: undefined;
      readonly parts?: undefined;
      readonly isOther?: undefined;
    };

/** A detail that was sent, and the state of the list in which its row was then. */
export interface Sent {
  readonly state: string;
  /** All of it. */
  readonly text: string;
  /** The page of it that was sent. */
  readonly page: number;
}

/** The details of one stream, beside the rows of its parent's list. */
export interface Details {
  readonly stream: DetailStreamName;
  /** The detail as it would be sent now, without line breaks between tokens; undefined where the vendor has none, or sends another. */
  text(key: string): string | undefined;
  /** Has this text be sent instead of the generated one, whatever the list says; undefined: the generated one again. */
  put(key: string, text: string | undefined): void;
  /** Has every request for it be refused; undefined: not any more. */
  refuse(key: string, status: 403 | 404 | 410 | 502 | undefined): void;
  /** What the fields of a row of the list say by which a change of its detail is told. */
  stateOf(line: string): string;
  /** What was sent of each key, in order; empty unless the simulator remembers. */
  sent(): ReadonlyMap<string, readonly Sent[]>;
  /** How often details were asked for, first pages alone. */
  asked(): number;
  /** Forgets what was put, refused, sent and asked for. */
  reset(): void;
  /** For the simulator's own handlers: what a request gets, its text as it is served. */
  answer(key: string, page: number): DetailAnswer;
}

/** What details are made from. */
export interface DetailsSettings {
  readonly kind: DetailKind;
  /** Of the parent. */
  readonly world: World;
  readonly seed: number;
  readonly now: () => number;
  readonly knobs: () => CommonKnobs;
  readonly remember: boolean;
}

/** Makes the details of one stream. */
export function makeDetails({ kind, world, seed, now, knobs, remember }: DetailsSettings): Details {
  const { changes } = definitionOf(kind.stream);
  const given = new Map<string, string>();
  const refused = new Map<string, 403 | 404 | 410 | 502>();
  const sent = new Map<string, Sent[]>();
  let asked = 0;

  function stateOf(line: string): string {
    const row: unknown = JSON.parse(line);
    return JSON.stringify((changes.at(-1) ?? []).map((path) => fieldOf(row, path) ?? null));
  }

  function subject(key: string): Subject | undefined {
    const common = knobs();
    const details = detailKnobs(common.details);
    const listed = world.row(key, details.behindMs);
    if (!listed) return undefined;
    const row = JSON.parse(listed.line) as Readonly<Record<string, unknown>>; // rows of every world are objects
    const about = { key, row, line: listed.line, atMs: listed.time, nowMs: now() - details.behindMs };
    return { ...about, knobs: common, details, ...drawFor(seed, key) };
  }

  function made(of: Subject): string | readonly string[] {
    const text = given.get(of.key);
    if (text === undefined) return kind.make(of);
    const value: unknown = JSON.parse(text);
    return kind.depth > 1 && Array.isArray(value) ? value.map((part) => JSON.stringify(part)) : text;
  }

  function laidOut(text: string): string {
    return knobs().layout === 'crlf' ? breakLines(text, '\r\n', kind.depth) : text;
  }

  /** The status with which a detail is refused now; undefined where it is there. */
  function refusal(of: Subject | undefined, key: string): 403 | 404 | 410 | 502 | undefined {
    const byHand = refused.get(key);
    if (byHand) return byHand;
    if (!of) return kind.unknownStatus;
    const { details, nowMs, atMs } = of;
    if (of.happens(details.broken, 91)) return 502;
    if (of.happens(details.late.share, 92) && nowMs < atMs + details.late.byMs) return 404;
    return of.happens(details.gone.share, 93) && nowMs >= atMs + details.gone.afterMs ? 404 : undefined;
  }

  function answer(key: string): DetailAnswer {
    const of = subject(key);
    const status = refusal(of, key);
    if (status || !of) return { status: status ?? 404 };
    const isOther = of.happens(of.details.otherIds, 94);
    const all = made(isOther ? { ...of, key: `${key}0` } : of);
    if (typeof all === 'string') return { status: 200, text: laidOut(all), parts: undefined, isOther };
    const parts = all.map(laidOut);
    return { status: 200, text: `[${parts.join(',')}]`, parts, isOther };
  }

  return {
    stream: kind.stream,
    text(key) {
      const { text, isOther } = answer(key);
      return text === undefined || isOther ? undefined : asLine(text);
    },
    put(key, text) {
      if (text === undefined) given.delete(key);
      else given.set(key, text);
    },
    refuse(key, status) {
      if (status === undefined) refused.delete(key);
      else refused.set(key, status);
    },
    stateOf,
    sent: () => sent,
    asked: () => asked,
    reset() {
      given.clear();
      refused.clear();
      sent.clear();
      asked = 0;
    },
    answer(key, page) {
      if (page === 1) asked++;
      const given = answer(key);
      const listed = world.row(key);
      if (remember && listed && given.text !== undefined && !given.isOther) {
        const state = stateOf(listed.line);
        sent.set(key, [...(sent.get(key) ?? []), { state, text: asLine(given.text), page }]);
      }
      return given;
    },
  };
}

function definitionOf(stream: DetailStreamName): DetailDefinition {
  const { details } = streamDefinition(stream);
  if (!details) throw new Error(`${stream} has no details`);
  return details;
}
