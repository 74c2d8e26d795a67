import { Duration, Size, Stack } from 'aws-cdk-lib';
import { type Function as LambdaFunction, RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { Env } from '../../contract/environment.ts';
import type { SourceDeployment } from '../deployment/deployment.ts';
import { resourceNames } from '../deployment/resource-names.ts';
import { exportStatements } from './export-permissions.ts';
import { HandlerFunction } from './handler-function.ts';

/** Memory of an export function, MiB. It also sets the share of a core (1,769 MiB are one), and with it the price of a second. */
export const exportMemoryMiB = 1024;

/** What an export function is made from. */
export interface ExportFunctionProps {
  readonly stage: string;
  readonly source: SourceDeployment;
  readonly bucket: IBucket;
  /** Without a slash at either end; may be empty. */
  readonly prefix: string;
  readonly deadLetters: IQueue;
}

/** S3's own events go to the account's default bus, so that is where readers look. */
const eventBus = 'default';

/** The function that exports all streams and tenants of one source. */
export class ExportFunction extends Construct {
  readonly lambda: LambdaFunction;

  constructor(scope: Construct, id: string, props: ExportFunctionProps) {
    super(scope, id);
    const { stage, source, bucket, prefix, deadLetters } = props;
    const functionName = resourceNames.exportFunction(stage, source.source);
    const handler = new HandlerFunction(this, 'Handler', {
      name: functionName,
      description: `Exports ${source.source} into the lake`,
      file: 'export.handler.ts',
      streams: source.streams,
      environment: {
        [Env.stage]: stage,
        [Env.lakeBucket]: bucket.bucketName,
        [Env.lakePrefix]: prefix,
        [Env.eventBus]: eventBus,
        [Env.gzipLevel]: '6',
      },
      timeout: Duration.minutes(15), // Lambda's longest
      memoryMiB: exportMemoryMiB,
      temporary: Size.gibibytes(4), // rows read and not yet committed
      deadLetters,
      retries: 2,
      oldestEvent: Duration.hours(1),
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    handler.allow(
      'Each begins with what belongs to this source alone: its tables, its run reports, its checkpoints, its secrets',
      exportStatements(Stack.of(this), { stage, source, bucket, prefix, eventBus, functionName }),
    );
    this.lambda = handler.lambda;
  }
}
