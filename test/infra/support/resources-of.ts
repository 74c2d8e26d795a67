import type { Template } from 'aws-cdk-lib/assertions';

/** One resource of a template. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

/** The resources of a type by their logical ids. */
export function resourcesOf(template: Template, type: string): ReadonlyMap<string, Resource> {
  return new Map(Object.entries(allResources(template)).filter(([, { Type }]) => Type === type));
}

/** How many resources a template has; CloudFormation takes 500. */
export function resourceCount(template: Template): number {
  return Object.keys(allResources(template)).length;
}

function allResources(template: Template): Record<string, Resource> {
  const { Resources = {} }: { Resources?: Record<string, Resource> } = template.toJSON();
  return Resources;
}
