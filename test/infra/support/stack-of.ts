import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { ConfigurationInput } from '../../../contract/configuration/define-config.ts';
import { parseConfiguration } from '../../../contract/configuration/parse-configuration.ts';
import example from '../../../examples/convlake.config.ts';
import { ConvlakeStack } from '../../../infra/convlake-stack.ts';

const cdkJson: { readonly context: Readonly<Record<string, unknown>> } = JSON.parse(
  readFileSync(new URL('../../../cdk.json', import.meta.url), 'utf8'),
);

/** The stack of a configuration (the example's, changed) with CDK's flags as they are deployed. Bundles nothing. */
export function stackOf(
  changes: Partial<ConfigurationInput> = {},
  context: Readonly<Record<string, unknown>> = {},
): { readonly app: App; readonly stack: ConvlakeStack; readonly template: Template } {
  const parsed = parseConfiguration({ ...example, ...changes });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const app = new App({ context: { ...cdkJson.context, ...context, 'aws:cdk:bundling-stacks': [] } });
  const stack = new ConvlakeStack(app, 'Stack', { configuration: parsed.configuration });
  return { app, stack, template: Template.fromStack(stack) };
}

/** One stream of a configuration, valid as it is. */
export function streamOf(
  changes: Partial<ConfigurationInput['streams'][number]> = {},
): ConfigurationInput['streams'][number] {
  return {
    stream: 'crescendo.vocconv',
    tenant: 'tenant-alpha',
    credential: 'env:CRESCENDO_API_KEY',
    start: '2026-01-01',
    ...changes,
  };
}
