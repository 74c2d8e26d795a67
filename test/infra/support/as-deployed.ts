import type { Template } from 'aws-cdk-lib/assertions';
import { type Resource, resourcesOf } from './resources-of.ts';

/** The account and region that a template is imagined in. */
export const place = { account: '123456789012', region: 'eu-central-1', bucket: 'lake-bucket' } as const;

/** A property of a template with its intrinsic functions resolved, as CloudFormation would see it after a deploy. */
export function asDeployed(template: Template, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((element) => asDeployed(template, element));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [[name, argument] = ['', undefined]] = entries;
  if (entries.length === 1) {
    if (name === 'Ref') return refOf(template, String(argument));
    if (name === 'Fn::Join' && Array.isArray(argument)) return joined(template, argument);
    if (name === 'Fn::GetAtt' && Array.isArray(argument)) return arnOf(template, String(argument[0]));
  }
  return Object.fromEntries(entries.map(([key, inner]) => [key, asDeployed(template, inner)]));
}

/** The identity policies of a role, by the beginning of its logical id. */
export function policiesOf(template: Template, role: string): readonly { name: string; policy: unknown }[] {
  const attached = (roles: unknown) => JSON.stringify(roles).includes(`"Ref":"${role}`);
  return ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap((type) =>
    [...resourcesOf(template, type)]
      .filter(([, { Properties }]) => attached(Properties['Roles']))
      .map(([name, { Properties }]) => ({ name, policy: asDeployed(template, Properties['PolicyDocument']) })),
  );
}

function joined(template: Template, [separator, parts]: readonly unknown[]): string {
  if (!Array.isArray(parts)) throw new Error('only joins of lists are known here');
  return parts.map((part) => String(asDeployed(template, part))).join(String(separator));
}

function refOf(template: Template, name: string): string {
  if (name === 'AWS::Partition') return 'aws';
  if (name === 'AWS::AccountId') return place.account;
  if (name === 'AWS::Region') return place.region;
  if (name === 'AWS::URLSuffix') return 'amazonaws.com';
  return physicalName(name, resource(template, name));
}

function arnOf(template: Template, logicalId: string): string {
  const found = resource(template, logicalId);
  const name = physicalName(logicalId, found);
  const of = (service: string, rest: string) => `arn:aws:${service}:${place.region}:${place.account}:${rest}`;
  const forms: Readonly<Record<string, string>> = {
    'AWS::S3::Bucket': `arn:aws:s3:::${name}`,
    'AWS::SQS::Queue': of('sqs', name),
    'AWS::Lambda::Function': of('lambda', `function:${name}`),
    'AWS::Logs::LogGroup': of('logs', `log-group:${name}:*`),
    'AWS::IAM::Role': `arn:aws:iam::${place.account}:role/${name}`,
    'AWS::KMS::Key': of('kms', `key/${name}`),
  };
  return forms[found.Type] ?? `${found.Type}:${name}`;
}

function physicalName(logicalId: string, { Type, Properties }: Resource): string {
  if (Type === 'AWS::S3::Bucket') return logicalId.startsWith('Lake') ? place.bucket : 'results-bucket';
  const own = Properties['FunctionName'] ?? Properties['LogGroupName'] ?? Properties['StateMachineName'];
  return typeof own === 'string' ? own : logicalId;
}

function resource(template: Template, logicalId: string): Resource {
  const { Resources = {} }: { Resources?: Record<string, Resource> } = template.toJSON();
  const found = Resources[logicalId];
  if (!found) throw new Error(`the template has no ${logicalId}`);
  return found;
}
