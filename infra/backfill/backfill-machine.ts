import { ArnFormat, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { BACKFILL_FILES } from '../../contract/backfill.ts';
import { type DeployedStream, Env } from '../../contract/environment.ts';
import { resourceNames } from '../deployment/resource-names.ts';
import { HandlerFunction } from '../handler/handler-function.ts';
import { acknowledgeWildcards } from '../handler/wildcards.ts';
import { keyStatement } from '../storage/key-statement.ts';
import { backfillDefinition } from './backfill-definition.ts';

/** What the backfill is made from. */
export interface BackfillMachineProps {
  /** Part of the names of the state machine and its plan function. */
  readonly stage: string;
  /** The lake, of which spans say that they are for it. */
  readonly lake: { readonly bucketName: string; readonly prefix: string };
  /**
   * The bucket of what passes between the steps. It must be in the account and region of the state machine, as Step Functions writes
   * into no other; so it cannot be the lake's.
   */
  readonly filesBucket: IBucket;
  /** Every configured stream and tenant: what a backfill may ask for. */
  readonly streams: readonly DeployedStream[];
  /** The export functions of all sources, which read the spans. */
  readonly exportFunctions: readonly IFunction[];
  /**
   * The key that encrypts the logs.
   * @default - keys that CloudWatch Logs manages
   */
  readonly encryptionKey?: IKey | undefined;
}

/**
 * Reads past spans again when a person starts it: a state machine, and the function that plans its items and gathers what failed.
 * Years of a slow vendor take longer than any one function may run, and a failed execution can be redriven from where it stopped.
 */
export class BackfillMachine extends Construct {
  /** The state machine, for alarms and for the command that starts it. */
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, props: BackfillMachineProps) {
    super(scope, id);
    const { stage, exportFunctions, filesBucket } = props;
    const stateMachineName = resourceNames.backfill(stage);
    const planFunction = this.#addPlanFunction(props);
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
    const definition = backfillDefinition({
      partition: Stack.of(this).partition,
      planFunction: planFunction.functionName,
      exportFunctionPrefix: resourceNames.exportFunctionPrefix(stage),
    });
    this.stateMachine = new StateMachine(this, 'Machine', {
      stateMachineName,
      role,
      definitionBody: DefinitionBody.fromString(JSON.stringify(definition)),
      logs: {
        destination: this.#addLog(stateMachineName, props.encryptionKey),
        level: LogLevel.ALL,
        includeExecutionData: false,
      },
    });
    const statements = [
      ...machineStatements(Stack.of(this), stateMachineName, [planFunction, ...exportFunctions]),
      ...filesStatements(this, filesBucket, ['s3:GetObject', 's3:PutObject', ...OF_RESULT_WRITERS]),
    ];
    for (const statement of statements) {
      role.addToPolicy(statement);
      acknowledgeWildcards(role, statement.resources, BY_EXECUTION);
    }
    acknowledgeWildcards(role, ['*'], 'Sending logs of a state machine has no narrower resource; CDK grants it');
    Validations.of(this.stateMachine).acknowledge({
      id: 'AwsSolutions-SF2',
      reason:
        'Each span has an execution of its own with its history, and each read leaves a run report; a trace would say the same again.',
    });
  }

  #addPlanFunction({ stage, streams, lake, filesBucket, encryptionKey }: BackfillMachineProps): IFunction {
    const handler = new HandlerFunction(this, 'Plan', {
      functionName: resourceNames.planFunction(stage),
      description: 'Plans a backfill, and gathers what failed of it',
      entry: 'backfill-plan.handler.ts',
      streams,
      environment: {
        [Env.lakeBucket]: lake.bucketName,
        [Env.lakePrefix]: lake.prefix,
        [Env.backfillBucket]: filesBucket.bucketName,
        [Env.backfillOwner]: Stack.of(this).account,
      },
      timeout: Duration.minutes(5),
      memorySize: 1024, // what a round left of a thousand tenants is read whole
      encryptionKey,
      retryAttempts: 0,
      maxEventAge: Duration.hours(1),
    });
    handler.addToRolePolicy(filesStatements(this, filesBucket, ['s3:GetObject', 's3:PutObject']), BY_EXECUTION);
    return handler.lambdaFunction;
  }

  #addLog(stateMachineName: string, encryptionKey: IKey | undefined): LogGroup {
    return new LogGroup(this, 'Log', {
      logGroupName: `/aws/vendedlogs/states/${stateMachineName}`, // this prefix keeps the account's log resource policy short
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(encryptionKey && { encryptionKey }),
    });
  }
}

const BY_EXECUTION = 'Executions get their names as they start; all are of this state machine, and so are their files';

/** Results that grow beyond 5 MB are written in parts. */
const OF_RESULT_WRITERS = ['s3:ListMultipartUploadParts', 's3:AbortMultipartUpload'];

/** What passes between the steps may be read and written, and the bucket's key used for it. */
function filesStatements(scope: Construct, bucket: IBucket, actions: string[]): readonly PolicyStatement[] {
  const { encryptionKey } = bucket;
  return [
    new PolicyStatement({
      sid: 'KeepFiles',
      actions,
      resources: [bucket.arnForObjects(`${BACKFILL_FILES}/*`)],
      conditions: { StringEquals: { 'aws:ResourceAccount': Stack.of(scope).account } },
    }),
    ...(encryptionKey ? [keyStatement(scope, 'UseTheKeyOfTheFiles', encryptionKey, 's3')] : []),
  ];
}

/** A distributed map starts executions of its own state machine, and looks after them. */
function machineStatements(stack: Stack, name: string, functions: readonly IFunction[]): readonly PolicyStatement[] {
  const arn = (resource: string, resourceName: string) =>
    stack.formatArn({ service: 'states', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  return [
    new PolicyStatement({
      sid: 'InvokeFunctions',
      actions: ['lambda:InvokeFunction'],
      resources: functions.map(({ functionArn }) => functionArn),
    }),
    new PolicyStatement({
      sid: 'StartSpans',
      actions: ['states:StartExecution'],
      resources: [arn('stateMachine', name)],
    }),
    new PolicyStatement({
      sid: 'LookAfterSpans',
      actions: ['states:DescribeExecution', 'states:StopExecution', 'states:RedriveExecution'],
      resources: [arn('execution', `${name}:*`), arn('execution', `${name}/*`)],
    }),
  ];
}
