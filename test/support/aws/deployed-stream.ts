import { parseConfiguration } from '../../../contract/configuration/parse-configuration.ts';
import type { DeployedStream } from '../../../contract/environment.ts';

/** A stream of a tenant as a function carries it: crescendo.vocconv of `a`, but for what is said. */
export function deployedStream(changes: Partial<DeployedStream> = {}): DeployedStream {
  const written = { stream: 'crescendo.vocconv', tenant: 'a', credential: 'secret:vendor', start: '2026-01-01' };
  const parsed = parseConfiguration({ stage: 'test', lake: './lake', streams: [written] });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const [stream] = parsed.configuration.streams;
  if (!stream) throw new Error('one stream was configured');
  return { ...stream, credential: { kind: 'secret', name: 'vendor', label: 'secret:vendor' }, ...changes };
}
