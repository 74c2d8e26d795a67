import { ArnFormat, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { type DeployedStream, Env } from '../../contract/environment.ts';
import { resourceNames } from '../deployment/resource-names.ts';
import { HandlerFunction } from '../handler/handler-function.ts';
import { acknowledgeWildcards } from '../handler/wildcards.ts';
import { backfillDefinition } from './backfill-definition.ts';

/** What the backfill is made from. */
export interface BackfillMachineProps {
  /** Part of the names of the state machine and its plan function. */
  readonly stage: string;
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
 * Reads past spans again when a person starts it: a state machine, and the function that plans its spans. Years of a slow vendor
 * take longer than any one function may run, and a failed execution can be redriven from where it stopped.
 */
export class BackfillMachine extends Construct {
  /** The state machine, for alarms and for the command that starts it. */
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, props: BackfillMachineProps) {
    super(scope, id);
    const { stage, exportFunctions } = props;
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
    for (const statement of machineStatements(Stack.of(this), stateMachineName, [planFunction, ...exportFunctions])) {
      role.addToPolicy(statement);
      acknowledgeWildcards(
        role,
        statement.resources,
        'Executions get their names as they start; all are of this state machine',
      );
    }
    acknowledgeWildcards(role, ['*'], 'Sending logs of a state machine has no narrower resource; CDK grants it');
    Validations.of(this.stateMachine).acknowledge({
      id: 'AwsSolutions-SF2',
      reason:
        'Each span has an execution of its own with its history, and each read leaves a run report; a trace would say the same again.',
    });
  }

  #addPlanFunction({ stage, streams, encryptionKey }: BackfillMachineProps): IFunction {
    return new HandlerFunction(this, 'Plan', {
      functionName: resourceNames.planFunction(stage),
      description: 'Makes the spans of a backfill',
      entry: 'backfill-plan.handler.ts',
      streams,
      environment: { [Env.stage]: stage },
      timeout: Duration.minutes(1),
      memorySize: 256,
      encryptionKey,
      retryAttempts: 0,
      maxEventAge: Duration.hours(1),
    }).lambdaFunction;
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
