import { ArnFormat, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
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
  readonly stage: string;
  readonly streams: readonly DeployedStream[];
  readonly exportFunctions: readonly IFunction[];
}

/** Reads past spans again, for a person who starts it. Executions that failed can be redriven. */
export class BackfillMachine extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, props: BackfillMachineProps) {
    super(scope, id);
    const { stage, streams, exportFunctions } = props;
    const name = resourceNames.backfill(stage);
    const plan = new HandlerFunction(this, 'Plan', {
      name: resourceNames.planFunction(stage),
      description: 'Makes the spans of a backfill',
      file: 'backfill-plan.handler.ts',
      streams,
      environment: { [Env.stage]: stage },
      timeout: Duration.minutes(1),
      memoryMiB: 256,
      retries: 0,
      oldestEvent: Duration.hours(1),
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName: name,
      role,
      definitionBody: DefinitionBody.fromString(
        JSON.stringify(
          backfillDefinition({
            partition: Stack.of(this).partition,
            planFunction: plan.lambda.functionName,
            exportFunctionPrefix: `convlake-${stage}-`,
          }),
        ),
      ),
      logs: { destination: this.log(name), level: LogLevel.ALL, includeExecutionData: false },
    });
    for (const statement of machineStatements(Stack.of(this), name, [plan.lambda, ...exportFunctions])) {
      role.addToPolicy(statement);
      acknowledgeWildcards(
        role,
        statement.resources,
        'Executions get their names as they start; all are of this state machine',
      );
    }
    acknowledgeWildcards(role, ['*'], 'Sending logs of a state machine has no narrower resource; CDK grants it');
    Validations.of(this.machine).acknowledge({
      id: 'AwsSolutions-SF2',
      reason:
        'Each span has an execution of its own with its history, and each read leaves a run report; a trace would say the same again.',
    });
  }

  private log(name: string): LogGroup {
    return new LogGroup(this, 'Log', {
      logGroupName: `/aws/vendedlogs/states/${name}`, // this prefix keeps the account's log resource policy short
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
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
      resources: functions.map((lambda) => lambda.functionArn),
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
