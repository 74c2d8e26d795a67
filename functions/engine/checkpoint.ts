import type { Bookmark, Span } from './source.ts';

/** A re-read under way. Windows are re-read newest day first: everything from `place` on is done. A walk by version keeps its `walk`. */
export interface Reread {
  readonly from: number;
  readonly to: number;
  readonly deep: boolean;
  readonly place: number;
  readonly walk?: Bookmark;
  /** When it was begun, by planning's clock; absent from records of runs that did not note it. */
  readonly since?: number;
}

/**
 * A run's word that it is at work, so that no other begins at the same time and draws on the same budget of the vendor. It saves cost;
 * nothing depends on it.
 */
export interface Claim {
  /** Who holds it: an id that the host gives to each run. */
  readonly run: string;
  /** The real instant by which the holder has ended, one way or another. */
  readonly until: number;
}

/** The durable record of how far one stream of one tenant has got. Instants are epoch milliseconds. */
export interface Checkpoint {
  /** Raised by every `rewind`; a record of a lower epoch gives way. */
  readonly epoch: number;
  /** Every row whose filter field is below it has been read and committed. */
  readonly watermark: number;
  /** Walks by version: the newest version read so far. */
  readonly seen?: number;
  /** Walks by version: where a walk that was cut short goes on. */
  readonly walk?: Bookmark;
  /** Walks by version: how far back the next walk must begin, because a cut one had come near to now. */
  readonly owed?: number;
  /** The watermark at which the last finished re-read began: the next one covers the lookback before it. */
  readonly rereadFrom?: number;
  /** A re-read under way. Its span was fixed when it began; `to` was the watermark then. */
  readonly reread?: Reread;
  /**
   * Of a stream whose first run began near to now: what lies before that and has yet to be read, by the rows' own time. It is read newest
   * day first, so `to` goes down; absent once it has been read.
   */
  readonly history?: Span;
  /** The daily instant of the last deep re-read that began. */
  readonly deep?: number;
  /** The window that is known to fit, ms; smaller than the configured one after trouble. */
  readonly window?: number;
  /** The latest own time among all rows read so far, no later than the run that read them. */
  readonly newestRow?: number;
  readonly claim?: Claim;
  /** The configured `start` of the run that wrote this, for the warning when it moves back. */
  readonly start: number;
  readonly lake: string;
  readonly updatedAt: number;
  readonly run: string;
}

/** A person's order to start again from an earlier watermark. Only people write it; runs read it. */
export interface Rewind {
  /** Higher than that of every checkpoint written before: a run whose checkpoint has a lower one starts from here. */
  readonly epoch: number;
  /** Where to start from, epoch milliseconds. */
  readonly watermark: number;
  /** The lake that it was ordered for, as the configuration named it; absent from orders of format 1. */
  readonly lake?: string;
}
