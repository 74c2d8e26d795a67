import type { Flags } from './flags.ts';

/** A command that a message prescribes, always with options. */
const PRESCRIBED = /(?:npx )?\bconvlake (export|backfill|rewind|plan|status) (?=--)/g;

/**
 * Makes the commands that a message prescribes ready to be typed where this one was: they reach the same configuration and the same lake.
 * Those who word messages know neither, least of all those of a deployed function, whose reports `status` shows.
 */
export function asTyped({ config, lake }: Pick<Flags, 'config' | 'lake'>): (message: string) => string {
  const options = [
    ...(config === undefined ? [] : [`--config ${quoted(config)} `]),
    ...(lake === undefined ? [] : [`--lake ${quoted(lake)} `]),
  ].join('');
  return (message) => message.replace(PRESCRIBED, (_, verb: string) => `npx convlake ${verb} ${options}`);
}

/** As a shell takes it. */
function quoted(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
