import type { Stack } from 'aws-cdk-lib';

/**
 * The ARN of the SSM parameters of a name without its leading slash; it may end in a wildcard. CDK's `StringParameter` would need a
 * construct for each, and checkpoints are none of the stack's resources: a deploy could reset them.
 */
export function parameterArn(stack: Stack, name: string): string {
  return stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName: name });
}
