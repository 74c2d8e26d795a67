import { ConvlakeError } from '../errors.ts';
import type { RunSummary } from '../settings.ts';

/** So many details that could not be fetched, and more than this share of those listed, are not accidents any more. */
const MANY_FAILED = { ids: 20, share: 0.01 };

/** What became of the rows that a run's lists named. */
export type DetailSummary = NonNullable<RunSummary['details']>;

/** Counts them. */
export class DetailCounts implements DetailSummary {
  listed = 0;
  held = 0;
  fetched = 0;
  gone = 0;
  failed = 0;
  erased = 0;
  suspicious = 0;
  open = 0;
  /** Failures of ids of which nothing was known. */
  freshlyFailed = 0;
  /** Failures of ids that had their turn again, and whose trouble is known: one that fails for ever fails no run. */
  failedAgain = 0;
  /** Requests for details that were begun, and those of them that brought one. */
  asked = 0;
  succeeded = 0;

  get summary(): DetailSummary {
    const { listed, held, fetched, gone, failed, erased, suspicious, open } = this;
    return { listed, held, fetched, gone, failed, erased, suspicious, open };
  }

  /**
   * True when nothing but failures came: the vendor is not there, and asking for the rest would mark all of it. Ids that are marked
   * already do not count, so that each run gets past what the ones before it have marked.
   */
  get isHopeless(): boolean {
    return this.succeeded === 0 && this.freshlyFailed >= MANY_FAILED.ids;
  }

  /** True when more failed than a run may count as done. */
  get tooManyFailed(): boolean {
    const failed = this.failed - this.failedAgain;
    return failed >= MANY_FAILED.ids && failed > this.listed * MANY_FAILED.share;
  }
}

/** The error of a run whose details failed. */
export function detailsFailed(
  subject: string,
  { failed, listed }: Pick<DetailSummary, 'failed' | 'listed'>,
  cause: unknown,
): ConvlakeError {
  const message = `${subject}: ${failed} details could not be fetched, of ${listed} rows listed; lines that say so stand for them, and they are asked for again until 30 days after their time. See whether the vendor has trouble`;
  return new ConvlakeError('details-failed', 'retry', message, { cause });
}
