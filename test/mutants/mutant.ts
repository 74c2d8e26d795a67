import type { StreamName } from '../../contract/streams.ts';

/** A bug put into the source on purpose: a text that stands there exactly once, and what takes its place. */
export interface Mutant {
  readonly name: string;
  /** What somebody would suffer who ran it. */
  readonly why: string;
  /** From the project's root. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The streams that it can show in; all of them unless told. Only their histories are lived. */
  readonly streams?: readonly StreamName[];
  /** A test case that must fail under it, for what no history can show. `name` is a part of its full name. */
  readonly test?: { readonly file: string; readonly name: string };
}

export const salesloft: readonly StreamName[] = ['salesloft.conversations'];
export const crescendo: readonly StreamName[] = ['crescendo.vocconv', 'crescendo.botconv'];
export const agents: readonly StreamName[] = ['voiceable.conversations', 'elevenlabs.conversations'];
/** Streams that are read by time. */
export const byTime: readonly StreamName[] = [...crescendo, ...agents];
