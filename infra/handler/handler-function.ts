import { type Duration, RemovalPolicy, type Size } from 'aws-cdk-lib';
import {
  type IGrantable,
  type IPrincipal,
  type IRole,
  ManagedPolicy,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Function as LambdaFunction, type RecursiveLoop, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CONFIGURATION_IDENTIFIER, type DeployedStream } from '../../contract/environment.ts';
import { keyStatement } from '../storage/key-statement.ts';
import { handlerCode } from './handler-code.ts';
import { acknowledgeWildcards } from './wildcards.ts';

/** What tells one handler from another. What they share (Node.js, arm64, logs kept for three months) is set by the construct. */
export interface HandlerFunctionProps {
  /** The function's name. Its log group is `/aws/lambda/<functionName>`. */
  readonly functionName: string;
  /**
   * The name of its role, for policies of others to name.
   * @default - CloudFormation's choice
   */
  readonly roleName?: string;
  /** What it does, as the console shows it. */
  readonly description: string;
  /** The handler's file, relative to functions/. */
  readonly entry: string;
  /** The streams and tenants that its bundle carries as configuration. */
  readonly streams: readonly DeployedStream[];
  /** Environment variables, by the names of contract/environment.ts. */
  readonly environment: Readonly<Record<string, string>>;
  /** After this Lambda kills an invocation; 15 minutes at most. */
  readonly timeout: Duration;
  /** MiB. It also sets the share of a core: 1,769 MiB are one. */
  readonly memorySize: number;
  /**
   * Size of `/tmp`.
   * @default - 512 MiB, which are free
   */
  readonly ephemeralStorageSize?: Size;
  /**
   * Receives asynchronous invocations that failed for good.
   * @default - such invocations are dropped
   */
  readonly deadLetterQueue?: IQueue;
  /**
   * The key that encrypts the log and the messages of that queue.
   * @default - keys that the services manage
   */
  readonly encryptionKey?: IKey | undefined;
  /**
   * How many invocations may run at the same time, which are then kept free for it.
   * @default - as many as the account has left
   */
  readonly reservedConcurrentExecutions?: number | undefined;
  /** How often a failed asynchronous invocation is tried again: 0 to 2. */
  readonly retryAttempts: number;
  /** An asynchronous invocation older than this is given up. */
  readonly maxEventAge: Duration;
  /**
   * Whether the function may invoke itself.
   * @default RecursiveLoop.TERMINATE: Lambda stops it after 16 times
   */
  readonly recursiveLoop?: RecursiveLoop;
}

/**
 * A Lambda function made from a handler file of functions/, with its role and its log group. The role may write that log and
 * nothing more; `addToRolePolicy` adds to it. Names are fixed, so that the runbook's commands can be typed and policies need not
 * wait for what they name.
 */
export class HandlerFunction extends Construct implements IGrantable {
  /** The function itself. */
  readonly lambdaFunction: LambdaFunction;
  /** Where the function writes its log. */
  readonly logGroup: ILogGroup;
  /** The function's role. */
  readonly grantPrincipal: IPrincipal;
  /** The same, by its name and ARN. */
  readonly role: IRole;
  readonly #role: Role;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    const { roleName } = props;
    this.#role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      ...(roleName !== undefined && { roleName }),
    });
    this.role = this.#role;
    this.grantPrincipal = this.#role;
    this.logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${props.functionName}`,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(props.encryptionKey && { encryptionKey: props.encryptionKey }),
    });
    this.logGroup.grantWrite(this);
    const {
      entry,
      streams,
      deadLetterQueue,
      encryptionKey,
      reservedConcurrentExecutions,
      roleName: _,
      ...functionProps
    } = props;
    if (deadLetterQueue) this.#maySendTo(deadLetterQueue, encryptionKey);
    this.lambdaFunction = new LambdaFunction(this, 'Function', {
      ...functionProps,
      ...(reservedConcurrentExecutions !== undefined && { reservedConcurrentExecutions }),
      code: handlerCode(entry, { [CONFIGURATION_IDENTIFIER]: JSON.stringify(streams) }),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      role: this.#role,
      logGroup: this.logGroup,
      ...(deadLetterQueue && { onFailure: { bind: () => ({ destination: deadLetterQueue.queueArn }) } }),
    });
  }

  /**
   * Adds managed policies of these statements. They are named as CDK would name those that it makes of a policy that is too large, so
   * that a stack which has some changes them in place: two sets at a time could be more than a role may have.
   */
  addManagedPolicies(policies: readonly (readonly PolicyStatement[])[], wildcardReason: string): void {
    policies.forEach((own, index) => {
      const policy = new ManagedPolicy(this.#role, `OverflowPolicy${index + 1}`, {
        description: `Part of the policies for ${this.#role.node.path}`,
        statements: [...own],
        roles: [this.#role],
      });
      for (const { resources } of own) acknowledgeWildcards(policy, resources, wildcardReason);
    });
  }

  /** Sending is all that Lambda does with the queue in the function's name; CDK's `SqsDestination` would allow more, with the key too. */
  #maySendTo({ queueArn }: IQueue, encryptionKey: IKey | undefined): void {
    this.#role.addToPolicy(
      new PolicyStatement({ sid: 'SendDeadLetters', actions: ['sqs:SendMessage'], resources: [queueArn] }),
    );
    if (encryptionKey) this.#role.addToPolicy(keyStatement(this, 'UseTheKeyOfDeadLetters', encryptionKey, 'sqs'));
  }

  /** Adds to what the function may do. `wildcardReason` says why the wildcards in it are no wider than they must be. */
  addToRolePolicy(statements: readonly PolicyStatement[], wildcardReason: string): void {
    for (const statement of statements) {
      this.#role.addToPolicy(statement);
      acknowledgeWildcards(this.#role, statement.resources, wildcardReason);
    }
  }
}
