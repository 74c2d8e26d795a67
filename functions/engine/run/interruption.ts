import { hasCode } from '../errors.ts';

/** Whether an error is the end that the caller has put to a run: a request ends with an error of its own, a wait with the reason that the caller gave. */
export function isInterruption(error: unknown, { aborted, reason }: AbortSignal): boolean {
  return aborted && (error === reason || hasCode(error, 'interrupted'));
}
