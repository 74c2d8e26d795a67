import { ConvlakeError, errorText } from '../engine/errors.ts';

/** An error that was told, or tells itself, in words that may leave the process; any other is a crash. */
export class PublicError extends Error {}

/**
 * An error as it may leave the process: Lambda logs what a handler throws, with its causes, and hands it to Step Functions and
 * dead letters. Of our own the message stays; of unknown ones the name and the places in the code, for their messages may quote
 * a row or an address. Causes stay behind.
 */
export function publicError(error: unknown): PublicError {
  const known = error instanceof Error ? error : new Error('unknown');
  const shown = new PublicError(errorText(known));
  shown.name = known instanceof ConvlakeError ? `ConvlakeError:${known.code}` : known.name;
  shown.stack = [`${shown.name}: ${shown.message}`, ...framesOf(known)].join('\n');
  return shown;
}

function framesOf({ stack = '' }: Error): string[] {
  return stack.split('\n').filter((line) => /^ {4}at /.test(line));
}
