import { Duration, Size, Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { IGrantable, IPrincipal, IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type Function as LambdaFunction, RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { Env } from '../../contract/environment.ts';
import type { SourceDeployment } from '../deployment/deployment.ts';
import { resourceNames } from '../deployment/resource-names.ts';
import { credentialRights } from './credential-rights.ts';
import { exportStatements } from './export-permissions.ts';
import { HandlerFunction } from './handler-function.ts';

/** Memory of an export function, MiB. It also sets the share of a core (1,769 MiB are one), and with it the price of a second. */
export const EXPORT_MEMORY_SIZE = 1024;

/** Space of an export function for rows that were read and are not yet committed. */
export const EXPORT_STORAGE_SIZE = Size.gibibytes(4);

/** S3's own events go to the account's default bus, so that is where readers look. */
const EVENT_BUS_NAME = 'default';

const WILDCARD_REASON =
  'Each begins with what belongs to this source alone: its tables, its run reports, its checkpoints, its secrets';

/** What an export function is made from. */
export interface ExportFunctionProps {
  /** Part of the names of the function, its checkpoints and its secrets. */
  readonly stage: string;
  /** The source, with the streams and tenants that it exports. */
  readonly source: SourceDeployment;
  /** The lake's bucket. */
  readonly bucket: IBucket;
  /** The AWS account that the bucket belongs to. */
  readonly bucketOwner: string;
  /** The lake's prefix in the bucket, without a slash at either end; empty for the whole bucket. */
  readonly prefix: string;
  /** Receives invocations that failed for good. */
  readonly deadLetterQueue: IQueue;
  /**
   * The key that encrypts its log and the messages of that queue.
   * @default - keys that the services manage
   */
  readonly encryptionKey?: IKey | undefined;
  /**
   * How many of its runs may go on at the same time, which are then kept free for it.
   * @default - as many as the account has left
   */
  readonly reservedConcurrentExecutions?: number | undefined;
}

/**
 * The function that exports all streams and tenants of one source, so that a vendor's budget is kept in one place and no function
 * can read the credentials or write the tables of another source.
 */
export class ExportFunction extends Construct implements IGrantable {
  /** The source, with the streams and tenants that it exports. */
  readonly source: SourceDeployment;
  /** The function itself. */
  readonly lambdaFunction: LambdaFunction;
  /** The function's role, whose name is known before a deploy. */
  readonly role: IRole;
  /** The function's role. */
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: ExportFunctionProps) {
    super(scope, id);
    const { stage, source, bucket, bucketOwner, prefix, deadLetterQueue, encryptionKey } = props;
    const functionName = resourceNames.exportFunction(stage, source.source);
    const eventBus = EventBus.fromEventBusName(this, 'EventBus', EVENT_BUS_NAME);
    const handler = new HandlerFunction(this, 'Handler', {
      functionName,
      roleName: resourceNames.exportRole(stage, source.source, Stack.of(this).region),
      description: `Exports ${source.source} into the lake`,
      entry: 'export.handler.ts',
      streams: source.streams,
      environment: {
        [Env.stage]: stage,
        [Env.lakeBucket]: bucket.bucketName,
        [Env.lakeOwner]: bucketOwner,
        [Env.lakePrefix]: prefix,
        [Env.eventBus]: EVENT_BUS_NAME,
        [Env.gzipLevel]: '6',
      },
      timeout: Duration.minutes(15), // Lambda's longest
      memorySize: EXPORT_MEMORY_SIZE,
      ephemeralStorageSize: EXPORT_STORAGE_SIZE,
      deadLetterQueue,
      encryptionKey,
      reservedConcurrentExecutions: props.reservedConcurrentExecutions,
      retryAttempts: 2,
      maxEventAge: Duration.hours(1),
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    const credentials = credentialRights(Stack.of(this), stage, source);
    handler.addToRolePolicy(
      [
        ...exportStatements(this, { stage, source, bucket, bucketOwner, prefix, eventBus, functionName }),
        ...credentials.inline,
      ],
      WILDCARD_REASON,
    );
    handler.addManagedPolicies(credentials.managed, WILDCARD_REASON);
    this.source = source;
    this.lambdaFunction = handler.lambdaFunction;
    this.role = handler.role;
    this.grantPrincipal = handler.grantPrincipal;
  }
}
