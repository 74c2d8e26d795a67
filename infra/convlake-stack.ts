import { Duration, RemovalPolicy, Size, Stack, type StackProps, Tags, Validations } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type IScheduleGroup, ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Configuration } from '../contract/configuration/configuration.ts';
import type { SourceName } from '../contract/streams.ts';
import { BackfillMachine } from './backfill/backfill-machine.ts';
import { Catalog } from './catalog/catalog.ts';
import { type Deployment, planDeployment, type StreamDeployment } from './deployment/deployment.ts';
import { resourceNames } from './deployment/resource-names.ts';
import { readStackOptions, type StackOptions } from './deployment/stack-options.ts';
import { ExportFunction } from './handler/export-function.ts';
import { StreamSchedule } from './handler/stream-schedule.ts';
import { AlarmTopic } from './monitoring/alarm-topic.ts';
import { Dashboard } from './monitoring/dashboard.ts';
import { Watch } from './monitoring/freshness-watch.ts';
import { MachineryAlarms } from './monitoring/machinery-alarms.ts';
import { StreamAlarms } from './monitoring/stream-alarms.ts';
import { addNextSteps } from './next-steps.ts';
import { LakeBucket } from './storage/lake-bucket.ts';
import { ResultsBucket } from './storage/results-bucket.ts';

/** What the stack is made from. */
export interface ConvlakeStackProps extends StackProps {
  readonly configuration: Configuration;
}

/** What the parts of a stack share. */
interface Common {
  readonly deployment: Deployment;
  readonly options: StackOptions;
  readonly topic: ITopic;
  readonly deadLetters: IQueue;
  readonly group: IScheduleGroup;
}

type Exports = ReadonlyMap<SourceName, ExportFunction>;

/** Everything that one stage of convlake needs in an account and region. */
export class ConvlakeStack extends Stack {
  /** @throws Error naming everything in configuration or options that cannot be deployed */
  constructor(scope: Construct, id: string, props: ConvlakeStackProps) {
    // First, as CDK has words of its own for a stage that no stack can be named after.
    const deployment = planDeployment(props.configuration);
    super(scope, id, { description: 'Exports conversation records into a data lake', ...props });
    const options = readStackOptions(this.node);
    const { stage, lake } = deployment;
    // CloudFormation's schema of a dashboard knows no tags.
    Tags.of(this).add('convlake:stage', stage, { excludeResourceTypes: ['AWS::CloudWatch::Dashboard'] });
    const common: Common = {
      deployment,
      options,
      topic: new AlarmTopic(this, 'Alarms', {
        topicName: resourceNames.alarmTopic(stage),
        email: options.alarmEmail,
      }).topic,
      deadLetters: this.addDeadLetters(),
      group: new ScheduleGroup(this, 'Schedules', {
        scheduleGroupName: resourceNames.scheduleGroup(stage),
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    };
    const key = options.kmsKeyArn === undefined ? undefined : Key.fromKeyArn(this, 'LakeKey', options.kmsKeyArn);
    const lakeBucket = new LakeBucket(this, 'Lake', { bucketName: lake.bucketName, key });
    const exports = this.addExports(common, lakeBucket);
    const backfill = this.addMachinery(common, exports);
    this.addCatalog(deployment, lakeBucket);
    addNextSteps(this, {
      deployment,
      bucketName: lakeBucket.bucket.bucketName,
      isOwnBucket: lakeBucket.isOwn,
      alarmTopicArn: common.topic.topicArn,
      hasEmail: options.alarmEmail !== undefined,
      backfillArn: backfill.machine.stateMachineArn,
    });
  }

  private addDeadLetters(): Queue {
    const queue = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is the dead-letter queue of functions and schedules.',
    });
    return queue;
  }

  private addExports({ deployment, deadLetters }: Common, { bucket }: LakeBucket): Exports {
    const { stage, sources, lake } = deployment;
    return new Map(
      sources.map((source) => [
        source.source,
        new ExportFunction(this, `Export-${source.source}`, {
          stage,
          source,
          bucket,
          prefix: lake.prefix,
          deadLetters,
        }),
      ]),
    );
  }

  /** What starts the functions, and what tells people how they do. */
  private addMachinery(common: Common, exports: Exports): BackfillMachine {
    const { deployment, group, deadLetters, topic } = common;
    const { stage, sources, streams } = deployment;
    const all = sources.flatMap((source) => source.streams);
    const watch = new Watch(this, 'Watch', { stage, streams: all, group, deadLetters });
    for (const stream of streams) this.addSchedule(common, stream, exports, watch);
    const backfill = new BackfillMachine(this, 'Backfill', {
      stage,
      streams: all,
      exportFunctions: [...exports.values()].map(({ lambda }) => lambda),
    });
    new MachineryAlarms(this, 'MachineryAlarms', {
      stage,
      topic,
      deadLetters,
      backfill: backfill.machine,
      functions: [...exports].map(([source, { lambda }]) => ({
        source,
        lambda,
        streams: streams.map(({ definition }) => definition).filter((definition) => definition.source === source),
      })),
    });
    new Dashboard(this, 'Dashboard', {
      stage,
      name: resourceNames.dashboard(stage),
      streams: streams.map(({ definition }) => definition.stream),
      watchLog: watch.logGroupName,
    });
    return backfill;
  }

  /** None for a stream of which no tenant is enabled. A schedule waits for its alarms: nothing ever runs unwatched. */
  private addSchedule(
    common: Common,
    { definition, tenants, everyMs }: StreamDeployment,
    exports: Exports,
    watch: Watch,
  ) {
    const { deployment, options, topic, group, deadLetters } = common;
    const { stream, source } = definition;
    const handler = exports.get(source);
    if (handler === undefined || everyMs === undefined) return;
    const every = Duration.millis(everyMs);
    const settleMs = tenants.filter(({ enabled }) => enabled).map((tenant) => tenant.settleMs);
    const alarms = new StreamAlarms(this, `Alarms-${stream}`, {
      stage: deployment.stage,
      stream,
      topic,
      every,
      settle: Duration.millis(Math.max(...settleMs)),
      quietAfter: Duration.days(options.quietDays),
    });
    const schedule = new StreamSchedule(this, `Schedule-${stream}`, {
      stream,
      every,
      lambda: handler.lambda,
      group,
      deadLetters,
    });
    schedule.node.addDependency(alarms, watch, handler);
  }

  private addCatalog({ stage, sources, lake }: Deployment, { bucket }: LakeBucket): void {
    const results = new ResultsBucket(this, 'Results').bucket;
    new Catalog(this, 'Catalog', {
      databaseName: resourceNames.database(stage),
      bucket,
      prefix: lake.prefix,
      streams: sources.flatMap((source) => source.streams),
      workGroup: {
        name: resourceNames.workgroup(stage),
        resultLocation: results.s3UrlForObject('results/'),
        bytesScannedLimit: Size.tebibytes(1),
      },
    });
  }
}
