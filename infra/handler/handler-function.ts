import type { Duration, Size } from 'aws-cdk-lib';
import { RemovalPolicy } from 'aws-cdk-lib';
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, type RecursiveLoop, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { configurationIdentifier, type DeployedStream } from '../../contract/environment.ts';
import { handlerCode } from './handler-code.ts';
import { acknowledgeWildcards } from './wildcards.ts';

/** What tells one handler from another. */
export interface HandlerFunctionProps {
  /** Its log group is `/aws/lambda/<name>`. */
  readonly name: string;
  readonly description: string;
  /** A file of functions/. */
  readonly file: string;
  /** What the asset carries as its configuration. */
  readonly streams: readonly DeployedStream[];
  readonly environment: Readonly<Record<string, string>>;
  readonly timeout: Duration;
  readonly memoryMiB: number;
  /** Size of `/tmp`. @default - 512 MiB */
  readonly temporary?: Size;
  /** Where invocations go that failed for good. @default - nowhere */
  readonly deadLetters?: IQueue;
  /** Times that a failed asynchronous invocation is tried again. */
  readonly retries: number;
  /** How old an asynchronous invocation may grow before it is given up. */
  readonly oldestEvent: Duration;
  /** Whether it may invoke itself: Lambda stops functions that do after 16 times, unless told otherwise. */
  readonly recursiveLoop?: RecursiveLoop;
}

/**
 * A Lambda function made from a handler file. Its role may write its own log and nothing more; `allow` adds to it.
 * Names are fixed, so that the runbook's commands can be typed and policies need not wait for what they name.
 */
export class HandlerFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly role: Role;
  readonly logGroupName: string;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${props.name}`,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    logGroup.grantWrite(this.role);
    this.logGroupName = logGroup.logGroupName;
    this.lambda = new LambdaFunction(this, 'Function', {
      functionName: props.name,
      description: props.description,
      code: handlerCode(props.file, { [configurationIdentifier]: JSON.stringify(props.streams) }),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      role: this.role,
      logGroup,
      environment: { ...props.environment },
      timeout: props.timeout,
      memorySize: props.memoryMiB,
      retryAttempts: props.retries,
      maxEventAge: props.oldestEvent,
      ...(props.temporary && { ephemeralStorageSize: props.temporary }),
      ...(props.deadLetters && { onFailure: new SqsDestination(props.deadLetters) }),
      ...(props.recursiveLoop && { recursiveLoop: props.recursiveLoop }),
    });
  }

  /** Adds to what it may do; `reason` says why the wildcards in it are no wider than they must be. */
  allow(reason: string, statements: readonly PolicyStatement[]): void {
    for (const statement of statements) {
      this.role.addToPolicy(statement);
      acknowledgeWildcards(this.role, statement.resources, reason);
    }
  }
}
