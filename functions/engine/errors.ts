/**
 * What to do about an error:
 * `retry` - the same thing may go well at once or in the next run;
 * `stop-stream` - a person has to fix something (configuration, credential, vendor, object) before this stream can go on;
 * `stop-run` - nothing is wrong, but the run's time does not reach; the next run goes on.
 *
 * It is for those who run streams. The engine itself branches on codes, and on recovery once: an error that stops the stream
 * says nothing about how long a window may be (run/checkpointer.ts).
 */
export type Recovery = 'retry' | 'stop-stream' | 'stop-run';

/** The stable name of an error, for logs, alarms and tests. */
export type ErrorCode =
  | 'credential-missing' // no credential where the configuration says it is
  | 'credential-refused' // 401, 403
  | 'request-refused' // 400, 404, 422 and other final responses
  | 'cursor-refused' // the vendor forgot or refused its own page cursor
  | 'paging-stuck' // a walk came back to a request it had made before
  | 'filter-ignored' // the vendor's response shows that it did not apply what was asked
  | 'body-unexpected' // not one well-formed JSON value of the expected shape
  | 'response-too-large'
  | 'redirect-refused'
  | 'vendor-unavailable' // 5xx, resets and time-outs that outlasted the tries
  | 'vendor-wait' // the vendor asks to wait longer than the run has left
  | 'details-failed' // too many details of a run could not be fetched
  | 'interrupted' // the caller's signal
  | 'object-changed' // the object is not the one whose tag was taken
  | 'object-corrupt' // the lake holds something that is not an object of ours
  | 'lake-unavailable'
  | 'commit-contended' // others kept committing; bounded tries are used up
  | 'clock-ahead' // the watermark lies in the future: a clock is or was wrong
  | 'checkpoint-unreadable' // unknown format, or a store that cannot be read
  | 'configuration-invalid'
  | 'backfill-incomplete'; // spans of a backfill failed; its error lists them

/** Every error that convlake raises on purpose. The message names the thing, what was seen, and what to do. */
export class ConvlakeError extends Error {
  override readonly name = 'ConvlakeError';
  readonly code: ErrorCode;
  readonly recovery: Recovery;
  /** HTTP status, where a vendor's response is the reason. */
  readonly status: number | undefined;

  constructor(code: ErrorCode, recovery: Recovery, message: string, from: { cause?: unknown; status?: number } = {}) {
    super(message, 'cause' in from ? { cause: from.cause } : undefined);
    this.code = code;
    this.recovery = recovery;
    this.status = from.status;
  }
}

/** True for an error of ours with that recovery. */
export function hasRecovery(error: unknown, recovery: Recovery): boolean {
  return error instanceof ConvlakeError && error.recovery === recovery;
}

/** True for an error of ours with that code; anything else is a bug or a surprise and passes through untouched. */
export function hasCode(error: unknown, code: ErrorCode): error is ConvlakeError {
  return error instanceof ConvlakeError && error.code === code;
}

/**
 * What may be said of an error outside of this process. Messages of our own name things and what to do; others may quote what they
 * stumbled over, as those of `JSON.parse` do.
 */
export function errorText(error: Error): string {
  return error instanceof ConvlakeError ? error.message : `unexpected ${error.name}`;
}

/** The code of an error of ours; `unexpected` for any other. */
export function errorCode(error: Error): string {
  return error instanceof ConvlakeError ? error.code : 'unexpected';
}

/** What was thrown, which need not be an error: then one that has it as its cause. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('something was thrown that is not an error', { cause: thrown });
}

/** Whether an error is the end that the caller has put to a run: a request ends with an error of its own, a wait with the reason that the caller gave. */
export function isInterruption(error: unknown, { aborted, reason }: AbortSignal): boolean {
  return aborted && (error === reason || hasCode(error, 'interrupted'));
}
