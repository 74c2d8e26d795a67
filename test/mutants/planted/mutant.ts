import { streamDefinition } from '../../../contract/streams.ts';
import type { Deed, HistoryPlan } from '../../faults/history/plan.ts';

/** A bug put into the source on purpose: a text that stands there exactly once, and what takes its place. */
export interface Mutant {
  readonly name: string;
  /** What it would cost those who ran it. */
  readonly why: string;
  /** From the project's root. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The histories that it can show in; all of them unless told. Only these are lived. */
  readonly where?: Where;
  /** A test case that must fail under it, for what no history can show. `name` is a part of its full name. */
  readonly test?: { readonly file: string; readonly name: string };
}

/** Whether something belongs to a history, as far as its plan tells. */
export type Where = (plan: HistoryPlan) => boolean;

export const salesloft: Where = ({ stream }) => stream.startsWith('salesloft.');
const crescendo: Where = ({ stream }) => stream.startsWith('crescendo.');
/** Voiceable and ElevenLabs. */
export const agents: Where = (plan) => !salesloft(plan) && !crescendo(plan);
/** Streams that are read by time. */
export const byTime: Where = ({ stream }) => streamDefinition(stream).readBy === 'time';

/** Something of this kind happens in it. */
export function has(deed: Deed['deed']): Where {
  return ({ steps }) => steps.some((step) => step.deed === deed);
}

/** All of it. */
export function both(...all: readonly Where[]): Where {
  return (plan) => all.every((where) => where(plan));
}

/** Rows are too large for a line in it. */
export const oversized: Where = (plan) => plan.oversized !== undefined;
/** Calls fail in it. */
export const faulty: Where = ({ faultShare }) => faultShare >= 0.01;
/** Vendors with page cursors send empty pages in the midst of their lists. */
export const emptyPages: Where = ({ knobs }) => knobs.crescendo?.emptyPageEvery !== undefined;
/** Vendors with page cursors refuse them after a while. */
export const shortLivedCursors: Where = ({ knobs }) => Object.keys(knobs.crescendo?.cursorLife ?? {}).length > 0;
/** Runs have time for a few pages only. */
export const hurried: Where = ({ limitMs, vendorMs }) => limitMs < 30 * vendorMs;
/** Clocks are days off in it. */
export const wrongClocks: Where = (plan) => plan.wrongClocks > 0;
