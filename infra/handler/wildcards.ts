import { Stack, Validations } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js';
import type { Construct } from 'constructs';

/** Tells cdk-nag which wildcards in the policies of a construct are intended, and why. Exactly these: any other is still reported. */
export function acknowledgeWildcards(construct: Construct, resources: readonly string[], reason: string): void {
  const stack = Stack.of(construct);
  const findings = resources.map((resource) => flattenCfnReference(stack.resolve(resource)));
  for (const finding of findings.filter((text) => text.includes('*'))) {
    Validations.of(construct).acknowledge({ id: `AwsSolutions-IAM5[Resource::${finding}]`, reason });
  }
}

/** The same for the role of a schedule, which CDK puts into the stack and lets start versions and aliases too. */
export function acknowledgeStartOf(construct: Construct, target: IFunction): void {
  const reason = 'Versions and aliases of the one function that the schedule starts; there are none';
  acknowledgeWildcards(Stack.of(construct), [`${target.functionArn}:*`], reason);
}
