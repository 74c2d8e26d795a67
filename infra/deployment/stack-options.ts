import type { Node } from 'constructs';
import { DeployError } from './deploy-error.ts';

/** What a deployment can set besides the configuration, as CDK context: `-c name=value`, or in cdk.context.json. */
export interface StackOptions {
  /** An address that is told of every alarm, once its owner has confirmed it. */
  readonly alarmEmail: string | undefined;
  /** The AWS account that an existing bucket belongs to. Undefined: the stack's own. */
  readonly bucketOwner: string | undefined;
  /** The key that encrypts all that is kept or on its way. Undefined: the services manage keys. */
  readonly kmsKeyArn: string | undefined;
  /** Days after which the newest row of a tenant counts as old, so that the alarm `quiet` rings. More than a long weekend by default. */
  readonly quietDays: number;
  /** Runs of each export function that may go on at the same time. Undefined: as many as the account has left. */
  readonly reservedConcurrency: number | undefined;
  /** An existing database of Glue for the tables. Undefined: the stack makes one. */
  readonly glueDatabase: string | undefined;
  /** ARNs of roles and users that are granted the tables by Lake Formation. */
  readonly lakeFormationReaders: readonly string[];
}

/**
 * Reads the options.
 * @throws DeployError naming every value that is not valid, and what to write
 */
export function readStackOptions(node: Node): StackOptions {
  const alarmEmail = text(node, 'alarmEmail');
  const bucketOwner = text(node, 'bucketOwner');
  const kmsKeyArn = text(node, 'kmsKeyArn');
  const quietDays = Number(text(node, 'quietDays') ?? 3);
  const reserved = text(node, 'reservedConcurrency');
  const reservedConcurrency = reserved === undefined ? undefined : Number(reserved);
  const glueDatabase = text(node, 'glueDatabase');
  const lakeFormationReaders = (text(node, 'lakeFormationReaders') ?? '').split(',').filter((arn) => arn !== '');
  const problems = [
    ...(alarmEmail === undefined || /^[^@\s]+@[^@\s]+$/.test(alarmEmail)
      ? []
      : [`alarmEmail: "${alarmEmail}" is not an e-mail address; write one such as ops@example.com`]),
    ...(bucketOwner === undefined || /^\d{12}$/.test(bucketOwner)
      ? []
      : [`bucketOwner: "${bucketOwner}" is not an AWS account; write its twelve digits, quoted in cdk.context.json`]),
    ...(kmsKeyArn === undefined ||
    /^arn:[^:]+:kms:[^:]+:\d{12}:key\/(?:[0-9a-f-]{36}|mrk-[0-9a-f]{32})$/.test(kmsKeyArn)
      ? []
      : [
          `kmsKeyArn: "${kmsKeyArn}" is not the ARN of a key; write arn:aws:kms:<region>:<account>:key/<id>, not an alias`,
        ]),
    ...(quietDays >= 1 && quietDays <= 365
      ? []
      : [`quietDays: "${text(node, 'quietDays')}" is out of range; write a number of days from 1 to 365`]),
    ...(reservedConcurrency === undefined || (Number.isInteger(reservedConcurrency) && reservedConcurrency >= 1)
      ? []
      : [
          `reservedConcurrency: "${reserved}" is not a number of runs; write a whole number from 1 on, and for nothing to run "enabled": false`,
        ]),
    ...(glueDatabase === undefined || /^[a-z][a-z0-9_]{0,127}$/.test(glueDatabase)
      ? []
      : [
          `glueDatabase: "${glueDatabase}" is not a database that Athena can name; write lower-case letters, digits and "_"`,
        ]),
    ...lakeFormationReaders
      .filter((arn) => !/^arn:[^:]+:iam::\d{12}:(?:role|user)\/[\w+=,.@/-]+$/.test(arn))
      .map(
        (arn) =>
          `lakeFormationReaders: "${arn}" is not the ARN of a role or user; write arn:aws:iam::<account>:role/<name>, several with commas between`,
      ),
  ];
  if (problems.length > 0) throw new DeployError(`the stack's options are wrong:\n- ${problems.join('\n- ')}`);
  return { alarmEmail, bucketOwner, kmsKeyArn, quietDays, reservedConcurrency, glueDatabase, lakeFormationReaders };
}

function text(node: Node, name: string): string | undefined {
  const value: unknown = node.tryGetContext(name);
  return value === undefined || value === '' ? undefined : String(value);
}
