import { Duration, RemovalPolicy, Size, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { type IScheduleGroup, ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Configuration } from '../contract/configuration/configuration.ts';
import type { SourceName } from '../contract/streams.ts';
import { BackfillMachine } from './backfill/backfill-machine.ts';
import { Catalog } from './catalog/catalog.ts';
import { type Deployment, planDeployment, type StreamDeployment } from './deployment/deployment.ts';
import { resourceNames } from './deployment/resource-names.ts';
import { readStackOptions, type StackOptions } from './deployment/stack-options.ts';
import { addDeadLetterQueue } from './handler/dead-letter-queue.ts';
import { ExportFunction } from './handler/export-function.ts';
import { StreamSchedule } from './handler/stream-schedule.ts';
import { AlarmTopic } from './monitoring/alarm-topic.ts';
import { Dashboard } from './monitoring/dashboard.ts';
import { FreshnessWatch } from './monitoring/freshness-watch.ts';
import { MachineryAlarms } from './monitoring/machinery-alarms.ts';
import { StreamAlarms } from './monitoring/stream-alarms.ts';
import { addNextSteps } from './next-steps.ts';
import { LakeBucket } from './storage/lake-bucket.ts';
import { RESULTS_PREFIX, ResultsBucket } from './storage/results-bucket.ts';

/** What the stack is made from. */
export interface ConvlakeStackProps extends StackProps {
  /** What to deploy: the stage, the lake, and every stream and tenant. */
  readonly configuration: Configuration;
}

/** What the parts of a stack share. */
interface Shared {
  readonly deployment: Deployment;
  readonly options: StackOptions;
  readonly topic: ITopic;
  readonly deadLetterQueue: IQueue;
  readonly scheduleGroup: IScheduleGroup;
  /** Encrypts all that is kept or on its way; undefined: the services' own keys do. */
  readonly encryptionKey: IKey | undefined;
}

/** Where runs and backfills write, and what makes tables of it. */
interface Written {
  readonly lakeBucket: LakeBucket;
  readonly resultsBucket: IBucket;
  readonly catalog: Catalog;
}

type ExportFunctions = ReadonlyMap<SourceName, ExportFunction>;

/**
 * Everything that one stage of convlake needs in an account and region. One stack, as its parts are of use together only: a schedule
 * without its alarms, or a table without its lake, would be a mistake.
 */
export class ConvlakeStack extends Stack {
  /** @throws DeployError naming everything in configuration or options that cannot be deployed */
  constructor(scope: Construct, id: string, props: ConvlakeStackProps) {
    // First, for its message: CDK has one of its own for a stage that cannot be part of a stack's name.
    const deployment = planDeployment(props.configuration);
    super(scope, id, {
      description: 'Exports conversation records into a data lake',
      terminationProtection: true,
      ...props,
    });
    const options = readStackOptions(this.node);
    const { stage, lake } = deployment;
    // CloudFormation's schema of a dashboard has no tags.
    Tags.of(this).add('convlake:stage', stage, { excludeResourceTypes: ['AWS::CloudWatch::Dashboard'] });
    const encryptionKey =
      options.kmsKeyArn === undefined ? undefined : Key.fromKeyArn(this, 'LakeKey', options.kmsKeyArn);
    const shared: Shared = {
      deployment,
      options,
      encryptionKey,
      topic: new AlarmTopic(this, 'Alarms', {
        topicName: resourceNames.alarmTopic(stage),
        alarmNamePrefix: resourceNames.alarmPrefix(stage),
        emailAddress: options.alarmEmail,
        encryptionKey,
      }).topic,
      deadLetterQueue: addDeadLetterQueue(this, 'DeadLetters', encryptionKey),
      scheduleGroup: new ScheduleGroup(this, 'Schedules', {
        scheduleGroupName: resourceNames.scheduleGroup(stage),
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    };
    const lakeBucket = new LakeBucket(this, 'Lake', {
      bucketName: lake.bucketName,
      bucketOwner: options.bucketOwner,
      encryptionKey,
    });
    const exportFunctions = this.#addExportFunctions(shared, lakeBucket);
    const resultsBucket = new ResultsBucket(this, 'Results', { encryptionKey }).bucket;
    const catalog = this.#addCatalog(shared, lakeBucket, resultsBucket);
    const backfill = this.#addMachinery(shared, exportFunctions, { lakeBucket, resultsBucket, catalog });
    addNextSteps(this, {
      deployment,
      lake: lakeBucket,
      alarmTopic: shared.topic,
      exportFunctions: [...exportFunctions.values()],
      hasSubscription: options.alarmEmail !== undefined,
      backfill: backfill.stateMachine,
      databaseName: catalog.databaseName,
    });
  }

  #addExportFunctions(
    { deployment, options, deadLetterQueue, encryptionKey }: Shared,
    { bucket, owner }: LakeBucket,
  ): ExportFunctions {
    const { stage, sources, lake } = deployment;
    return new Map(
      sources.map((source) => [
        source.source,
        new ExportFunction(this, `Export-${source.source}`, {
          stage,
          source,
          bucket,
          bucketOwner: owner,
          prefix: lake.prefix,
          deadLetterQueue,
          encryptionKey,
          reservedConcurrentExecutions: options.reservedConcurrency,
        }),
      ]),
    );
  }

  /**
   * What starts the functions, and what tells people how they do. Nothing starts before lake and catalogue are there: a run that writes
   * while a first deploy fails would leave a bucket that CloudFormation cannot delete.
   */
  #addMachinery(
    shared: Shared,
    exportFunctions: ExportFunctions,
    { lakeBucket, resultsBucket, catalog }: Written,
  ): BackfillMachine {
    const { deployment, scheduleGroup, deadLetterQueue, topic, encryptionKey } = shared;
    const { stage, sources, streams, lake } = deployment;
    const configured = sources.flatMap((source) => source.streams);
    const watch = new FreshnessWatch(this, 'Watch', {
      stage,
      streams: configured,
      scheduleGroup,
      deadLetterQueue,
      encryptionKey,
    });
    for (const stream of streams) {
      this.#addSchedule(shared, stream, exportFunctions)?.node.addDependency(watch, lakeBucket, catalog);
    }
    const backfill = new BackfillMachine(this, 'Backfill', {
      stage,
      lake: { bucketName: lakeBucket.bucket.bucketName, prefix: lake.prefix },
      filesBucket: resultsBucket,
      streams: configured,
      exportFunctions: [...exportFunctions.values()].map(({ lambdaFunction }) => lambdaFunction),
      encryptionKey,
    });
    new MachineryAlarms(this, 'MachineryAlarms', {
      stage,
      topic,
      deadLetterQueue,
      backfill: backfill.stateMachine,
      exportFunctions: [...exportFunctions.values()],
    });
    new Dashboard(this, 'Dashboard', {
      stage,
      dashboardName: resourceNames.dashboard(stage),
      streams: streams.map(({ definition }) => definition.stream),
      watchLogGroup: watch.logGroup,
    });
    return backfill;
  }

  /** Adds none for a stream of which no tenant is enabled. A schedule depends on its alarms, so that nothing ever runs unwatched. */
  #addSchedule(
    shared: Shared,
    { definition, tenants, everyMs }: StreamDeployment,
    exportFunctions: ExportFunctions,
  ): StreamSchedule | undefined {
    const { deployment, options, topic, scheduleGroup, deadLetterQueue, encryptionKey } = shared;
    const { stream, source } = definition;
    const exportFunction = exportFunctions.get(source);
    if (exportFunction === undefined || everyMs === undefined) return undefined;
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
      exportFunction: exportFunction.lambdaFunction,
      scheduleGroup,
      deadLetterQueue,
      encryptionKey,
    });
    schedule.node.addDependency(alarms, exportFunction);
    return schedule;
  }

  #addCatalog({ deployment, options }: Shared, { bucket }: LakeBucket, resultsBucket: IBucket): Catalog {
    const { stage, sources, lake } = deployment;
    return new Catalog(this, 'Catalog', {
      databaseName: options.glueDatabase ?? resourceNames.database(stage),
      isExistingDatabase: options.glueDatabase !== undefined,
      ...(options.lakeFormationReaders.length > 0 && { lakeFormationReaders: options.lakeFormationReaders }),
      bucket,
      prefix: lake.prefix,
      streams: sources.flatMap((source) => source.streams),
      workGroupName: resourceNames.workgroup(stage),
      resultsBucket,
      resultsPrefix: RESULTS_PREFIX,
      bytesScannedCutoffPerQuery: Size.tebibytes(1),
    });
  }
}
