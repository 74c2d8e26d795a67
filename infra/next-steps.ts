import { CfnOutput } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { CredentialLocation } from './deployment/credential-location.ts';
import type { Deployment } from './deployment/deployment.ts';
import { resourceNames } from './deployment/resource-names.ts';
import type { ExportFunction } from './handler/export-function.ts';
import type { LakeBucket } from './storage/lake-bucket.ts';

/** What the outputs name. */
export interface NextSteps {
  /** What is deployed, and the credentials that it needs. */
  readonly deployment: Deployment;
  /** Where the objects are. */
  readonly lake: LakeBucket;
  /** Where alarms go. */
  readonly alarmTopic: ITopic;
  /** Whether an address is subscribed to it already. */
  readonly hasSubscription: boolean;
  /** The roles of these functions are what policies of others name. */
  readonly exportFunctions: readonly ExportFunction[];
  /** Where the tables are. */
  readonly databaseName: string;
  /** What a person starts to read a past span again. */
  readonly backfill: IStateMachine;
}

/** CloudFormation allows 200 outputs, and a person reads no more than a screen of them. */
const MOST_CREDENTIALS = 20;

/** The stack's outputs: what to type next, in the order of the names. */
export function addNextSteps(scope: Construct, steps: NextSteps): void {
  const { deployment, lake, exportFunctions, alarmTopic, hasSubscription, backfill, databaseName } = steps;
  const { stage, sources, streams } = deployment;
  const { prefix } = deployment.lake;
  const put = (id: string, description: string, value: string) => new CfnOutput(scope, id, { description, value });
  put('LakeLocation', 'Where the objects are', `s3://${lake.bucket.bucketName}${prefix === '' ? '' : `/${prefix}`}`);
  for (const { source, role } of exportFunctions) {
    put(`RoleOf${capitalised(source.source)}`, `Reads and writes the tables of ${source.source}`, role.roleArn);
  }
  if (!lake.isOwn) put('LakeIsYours', 'The bucket was there before', OWNERS_DUTIES);
  credentialCommands(sources.flatMap((source) => source.streams.map(({ credential }) => credential))).forEach(
    (command, index) => {
      put(
        `Step1Credential${index + 1}`,
        'If the key is not there yet: run it, paste the key (it is not shown), press Enter',
        command,
      );
    },
  );
  if (!hasSubscription) put('Step2Alarms', 'Be told of alarms', subscribe(alarmTopic));
  const [first] = streams;
  if (!first) return;
  const { stream, source, table } = first.definition;
  put(
    'Step3FirstRun',
    `Do not wait for the schedule of ${stream}`,
    invoke(resourceNames.exportFunction(stage, source), { stream }),
  );
  put('Step4FirstQuery', 'Ask Athena', firstQuery(stage, databaseName, table));
  put('Step5Backfill', 'Read a past span of all streams again', startBackfill(backfill));
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

const OWNERS_DUTIES =
  'Its settings stay yours: turn on versioning and EventBridge notifications, end unfinished uploads after a day by a lifecycle rule, refuse requests without TLS';

/** One command for every credential or, where they are too many to read, the first ones and how many are left. */
function credentialCommands(locations: readonly CredentialLocation[]): readonly string[] {
  const distinct = [...new Map(locations.map((location) => [location.label, location])).values()];
  const commands = distinct.slice(0, MOST_CREDENTIALS).map(credentialCommand);
  const left = distinct.length - commands.length;
  return left > 0 ? [...commands, `And ${left} more: one for every credential of the configuration`] : commands;
}

/** Read from the terminal: a file would end in a line break, which a header must not contain. */
function credentialCommand({ kind, name }: CredentialLocation): string {
  return `read -rs KEY && ${putCommand({ kind, name })} "$KEY"`;
}

function putCommand({ kind, name }: Pick<CredentialLocation, 'kind' | 'name'>): string {
  return kind === 'ssm'
    ? `aws ssm put-parameter --type SecureString --name ${name} --value`
    : name.startsWith('arn:')
      ? `aws secretsmanager put-secret-value --secret-id ${name} --secret-string`
      : `aws secretsmanager create-secret --name ${name} --secret-string`;
}

function subscribe({ topicArn }: ITopic): string {
  return `aws sns subscribe --topic-arn ${topicArn} --protocol email --notification-endpoint you@example.com`;
}

function invoke(functionName: string, request: object): string {
  return `aws lambda invoke --invocation-type Event --cli-binary-format raw-in-base64-out --function-name ${functionName} --payload '${JSON.stringify(request)}' /dev/null`;
}

function firstQuery(stage: string, databaseName: string, table: string): string {
  const query = `SELECT dt, count(*) AS conversations FROM ${table} WHERE dt >= date_format(current_date - interval '7' day, '%Y-%m-%d') GROUP BY dt ORDER BY dt`;
  return `aws athena start-query-execution --work-group ${resourceNames.workgroup(stage)} --query-execution-context Database=${databaseName} --query-string "${query}"`;
}

function startBackfill({ stateMachineArn }: IStateMachine): string {
  return `aws stepfunctions start-execution --state-machine-arn ${stateMachineArn} --input '{"from":"2026-01-01T00:00:00Z","to":"2026-02-01T00:00:00Z"}'`;
}
