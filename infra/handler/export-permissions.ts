import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { RUN_EVENT } from '../../contract/events.ts';
import { oversizedTable, RUN_REPORTS, revisitsTable } from '../../contract/layout.ts';
import type { SourceDeployment } from '../deployment/deployment.ts';
import { keyStatement } from '../storage/key-statement.ts';
import { parameterArn } from './parameter-arn.ts';

/** What a source's function may touch. */
export interface ExportPermissions {
  /** Part of the names of checkpoints. */
  readonly stage: string;
  /** The source, with its tables. */
  readonly source: SourceDeployment;
  /** The lake's bucket, with its key if it has one. */
  readonly bucket: IBucket;
  /** The AWS account that the bucket belongs to: a stranger's bucket of the same name is out of reach. */
  readonly bucketOwner: string;
  /** The lake's prefix in the bucket, without a slash at either end; empty for the whole bucket. */
  readonly prefix: string;
  /** The bus that takes run events. */
  readonly eventBus: IEventBus;
  /** The function's own name. Not the function: its policy would then depend on what it is attached to. */
  readonly functionName: string;
}

/** What an export function may do besides reading its credentials: its own tables, run reports and checkpoints, its event, and itself again. */
export function exportStatements(scope: Construct, of: ExportPermissions): readonly PolicyStatement[] {
  const stack = Stack.of(scope);
  return [
    ...lakeStatements(scope, of),
    ...checkpointStatements(stack, of),
    new PolicyStatement({
      sid: 'SendRunEvents',
      actions: ['events:PutEvents'],
      resources: [of.eventBus.eventBusArn],
      conditions: { 'ForAllValues:StringEquals': { 'events:source': RUN_EVENT.source } }, // a call carries several events
    }),
    new PolicyStatement({
      sid: 'ContinueItself',
      actions: ['lambda:InvokeFunction'],
      resources: [
        stack.formatArn({
          service: 'lambda',
          resource: 'function',
          resourceName: of.functionName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
    }),
  ];
}

/**
 * Listing is what lets S3 answer 404 instead of 403 for a key that is not there. For GET and HEAD it takes the key itself for
 * `s3:prefix` (Ceph found the same and follows it: ceph/ceph#68577), so the condition holds for own keys only.
 */
function lakeStatements(
  scope: Construct,
  { source, bucket, bucketOwner, prefix }: ExportPermissions,
): PolicyStatement[] {
  const root = prefix === '' ? '' : `${prefix}/`;
  const StringEquals = { 'aws:ResourceAccount': bucketOwner };
  const reports = `${root}${RUN_REPORTS}/source=${source.source}/*`;
  const tables = source.tables.map((table) => `${root}${table}/*`);
  const oversized = source.tables.map((table) => `${root}${oversizedTable(table)}/*`);
  const details = source.streams
    .filter(({ definition }) => definition.details)
    .map(({ definition }) => definition.table);
  const revisits = [...new Set(details)].map((table) => `${root}${revisitsTable(table)}/*`);
  const own = [...tables, ...oversized, ...revisits, reports];
  return [
    new PolicyStatement({
      sid: 'SeeOwnTables',
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: { StringEquals, StringLike: { 's3:prefix': own } },
    }),
    new PolicyStatement({
      sid: 'ReadAndReplaceOwnObjects',
      actions: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'],
      resources: own.map((keys) => bucket.arnForObjects(keys)),
      conditions: { StringEquals },
    }),
    new PolicyStatement({
      sid: 'SweepOwnOversizedRows', // nothing else: a line's object is replaced, never removed
      actions: ['s3:DeleteObject'],
      resources: oversized.map((keys) => bucket.arnForObjects(keys)),
      conditions: { StringEquals },
    }),
    ...(bucket.encryptionKey ? [keyStatement(scope, 'UseTheKeyOfTheLake', bucket.encryptionKey, 's3')] : []),
  ];
}

/** A rewind is ordered by a person: runs read the order, and must not be able to write or remove it. */
function checkpointStatements(stack: Stack, { stage, source }: ExportPermissions): PolicyStatement[] {
  const own = `convlake/${stage}/${source.source}`;
  return [
    new PolicyStatement({
      sid: 'KeepOwnCheckpoints',
      // By GetParameter an earlier version reads, whose runs may be under way when a deploy takes its policy away.
      actions: ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:PutParameter'],
      resources: [parameterArn(stack, `${own}/*`)],
    }),
    new PolicyStatement({
      sid: 'LeaveRewindsAlone',
      effect: Effect.DENY,
      actions: ['ssm:PutParameter', 'ssm:DeleteParameter'],
      resources: [parameterArn(stack, `${own}/*/*/rewind`)],
    }),
  ];
}
