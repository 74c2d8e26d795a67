import { parseConfiguration } from '../../../contract/configuration/parse-configuration.ts';
import type { DeployedStream } from '../../../contract/environment.ts';
import type { ExportFunctionSettings } from '../../../functions/lambda/lambda-settings.ts';

/** A stream of a tenant as a function carries it: crescendo.vocconv of `a`, but for what is said. */
export function deployedStream(changes: Partial<DeployedStream> = {}): DeployedStream {
  const written = { stream: 'crescendo.vocconv', tenant: 'a', credential: 'secret:vendor', start: '2026-01-01' };
  const parsed = parseConfiguration({ stage: 'test', lake: './lake', streams: [written] });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const [stream] = parsed.configuration.streams;
  if (!stream) throw new Error('one stream was configured');
  return { ...stream, credential: { kind: 'secret', name: 'vendor', label: 'secret:vendor' }, ...changes };
}

/** What a function of these streams reads of its environment and its configuration. */
export function deployedSettings(streams: readonly DeployedStream[]): ExportFunctionSettings {
  return {
    stage: 'test',
    bucket: 'b',
    owner: '123456789012',
    prefix: '',
    lake: 's3://b',
    eventBus: 'default',
    gzipLevel: 6,
    streams,
  };
}
