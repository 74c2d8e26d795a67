import type { Configuration, Problem } from './configuration.ts';
import { problemsBetween, problemsOf } from './problems.ts';
import { resolveStreams } from './resolve-streams.ts';
import { configurationSchema } from './schema.ts';

/**
 * Reads a configuration: the resolved one, or every problem at once, also those between streams. Throws nothing.
 * @param now epoch ms; no stream begins later
 */
export function parseConfiguration(
  input: unknown,
  now = Date.now(),
): { readonly configuration: Configuration } | { readonly problems: readonly Problem[] } {
  const parsed = configurationSchema.safeParse(input);
  const problems = [...(parsed.error?.issues ?? []).flatMap(problemsOf), ...problemsBetween(input, now)];
  if (!parsed.success || problems.length > 0) return { problems };
  return { configuration: { ...parsed.data, streams: resolveStreams(parsed.data.streams) } };
}
