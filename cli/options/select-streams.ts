import type { Configuration, Problem, StreamConfiguration } from '../../contract/configuration/configuration.ts';
import type { Flags } from './flags.ts';

/** The configured streams that `--stream` and `--tenant` name, all where neither is given. A name that fits nothing is a problem. */
export function selectStreams(
  { streams }: Configuration,
  { stream, tenant }: Flags,
  problems: Problem[],
): readonly StreamConfiguration[] {
  const nameOf = ({ definition }: StreamConfiguration): string => definition.stream;
  expectAll('--stream', stream, new Set(streams.map(nameOf)), problems);
  expectAll('--tenant', tenant, new Set(streams.map((configured) => configured.tenant)), problems);
  const chosen = streams.filter(
    (configured) => (!stream || stream.includes(nameOf(configured))) && (!tenant || tenant.includes(configured.tenant)),
  );
  if (chosen.length === 0 && problems.length === 0) {
    const there = streams.map((configured) => `${nameOf(configured)} of ${configured.tenant}`).join(', ');
    problems.push({ path: '--stream and --tenant', message: `fit no stream together; there is ${there}` });
  }
  return chosen;
}

function expectAll(
  path: string,
  named: readonly string[] | undefined,
  known: ReadonlySet<string>,
  problems: Problem[],
): void {
  for (const name of named ?? []) {
    if (known.has(name)) continue;
    const message = `${JSON.stringify(name)} is not in the configuration; there is ${[...known].join(', ')}`;
    problems.push({ path, message });
  }
}
