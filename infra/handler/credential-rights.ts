import { ArnFormat, type Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { ownSecrets } from '../deployment/credential-location.ts';
import { DeployError } from '../deployment/deploy-error.ts';
import type { SourceDeployment } from '../deployment/deployment.ts';
import { parameterArn } from './parameter-arn.ts';

/** What lets a function read the credentials of its source. */
export interface CredentialRights {
  /** For the role's own policy. */
  readonly inline: readonly PolicyStatement[];
  /** For managed policies, the statements of each. */
  readonly managed: readonly (readonly PolicyStatement[])[];
}

/** One credential, or all under one prefix, that may be read. */
interface Right {
  readonly sid: string;
  readonly action: string;
  readonly arn: string;
}

/** As many as leave room in a role's own policy, of which IAM takes 10,240 characters. */
const MOST_INLINE = 20;

/** Characters of a managed policy, and how many a role may have unless the account asked for more (quotas of IAM). */
const LARGEST_POLICY = 6_144;
const MOST_POLICIES = 10;

/** What a policy has besides its ARNs: two statements, with names, actions and brackets. */
const FRAME = 320;

/** The longest values of what only a deploy knows: `aws-us-gov`, `us-isof-south-1`, an account. */
const LONGEST: Readonly<Record<string, number>> = { 'AWS::Partition': 10, 'AWS::Region': 16, 'AWS::AccountId': 12 };

/**
 * What lets a source's function read the credentials of its streams, each by its name; those named after stage and source are one
 * right. Many go to managed policies, as full as IAM takes them: CDK takes every ARN for 150 characters, and makes thrice as many.
 * @throws DeployError for more than a role can hold
 */
export function credentialRights(stack: Stack, stage: string, source: SourceDeployment): CredentialRights {
  const rights = rightsOf(stack, stage, source);
  if (rights.length <= MOST_INLINE) return { inline: statements(rights), managed: [] };
  const policies = packed(rights, (right) => lengthOf(stack, right.arn) + '"",'.length);
  if (policies.length <= MOST_POLICIES) return { inline: [], managed: policies.map(statements) };
  throw new DeployError(
    `the configuration cannot be deployed:\n- ${source.source}: the names of its ${rights.length} credentials fill ${policies.length} policies, and a role has ${MOST_POLICIES} at most; call them ${ownSecrets(stage, source.source)}…, which takes one right for all, or give some of the tenants a stage of their own`,
  );
}

function rightsOf(stack: Stack, stage: string, source: SourceDeployment): readonly Right[] {
  const own = ownSecrets(stage, source.source);
  const named = (kind: string) => [
    ...new Set(source.streams.flatMap(({ credential }) => (credential.kind === kind ? [credential.name] : []))),
  ];
  const secrets = [
    ...(named('secret').some((name) => name.startsWith(own)) ? [secretArn(stack, `${own}*`)] : []),
    ...named('secret')
      .filter((name) => !name.startsWith(own))
      .map((name) => (name.startsWith('arn:') ? name : secretArn(stack, `${name}-??????`))),
  ];
  const parameters = named('ssm').map((name) => parameterArn(stack, name.replace(/^\//, '')));
  return [
    ...secrets.map((arn) => ({ sid: 'ReadOwnSecrets', action: 'secretsmanager:GetSecretValue', arn })),
    ...parameters.map((arn) => ({ sid: 'ReadOwnParameters', action: 'ssm:GetParameter', arn })),
  ];
}

/** In their order, so that one more changes the last policy only. */
function packed(rights: readonly Right[], lengthOfRight: (right: Right) => number): readonly (readonly Right[])[] {
  const policies: Right[][] = [];
  let left = 0;
  for (const right of rights) {
    const length = lengthOfRight(right);
    if (length > left) {
      policies.push([]);
      left = LARGEST_POLICY - FRAME;
    }
    policies.at(-1)?.push(right);
    left -= length;
  }
  return policies;
}

function statements(rights: readonly Right[]): readonly PolicyStatement[] {
  return [...Map.groupBy(rights, ({ sid }) => sid)].map(
    ([sid, own]) =>
      new PolicyStatement({
        sid,
        actions: [...new Set(own.map(({ action }) => action))],
        resources: own.map(({ arn }) => arn),
      }),
  );
}

/** How long a text is at most, once a deploy has filled in what it knows. */
function lengthOf(stack: Stack, text: string): number {
  const resolved: unknown = stack.resolve(text);
  if (typeof resolved === 'string') return resolved.length;
  const [, parts]: readonly [string, readonly unknown[]] = JSON.parse(JSON.stringify(resolved))['Fn::Join'];
  return parts.reduce<number>((sum, part) => sum + lengthOfPart(part), 0);
}

function lengthOfPart(part: unknown): number {
  if (typeof part === 'string') return part.length;
  const name = typeof part === 'object' && part !== null && 'Ref' in part ? String(part.Ref) : '';
  const longest = LONGEST[name];
  if (longest === undefined) throw new Error(`the length of ${JSON.stringify(part)} is not known`);
  return longest;
}

/** Secrets Manager adds a hyphen and six characters of its own to a secret's name. */
function secretArn(stack: Stack, name: string): string {
  const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
  return stack.formatArn({ service: 'secretsmanager', resource: 'secret', resourceName: name, arnFormat });
}
