import { CfnOutput } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { CredentialPlace } from './deployment/credential-location.ts';
import type { Deployment } from './deployment/deployment.ts';
import { resourceNames } from './deployment/resource-names.ts';

/** What the outputs name. */
export interface NextSteps {
  readonly deployment: Deployment;
  readonly bucketName: string;
  readonly isOwnBucket: boolean;
  readonly alarmTopicArn: string;
  readonly hasEmail: boolean;
  readonly backfillArn: string;
}

/** CloudFormation takes 200 outputs; and nobody reads more than a screen. */
const mostCredentials = 20;

/** The stack's outputs: what to type next, in the order of the names. */
export function addNextSteps(scope: Construct, steps: NextSteps): void {
  const { deployment, bucketName, isOwnBucket, alarmTopicArn, hasEmail, backfillArn } = steps;
  const { stage, lake, sources, streams } = deployment;
  const put = (id: string, description: string, value: string) => new CfnOutput(scope, id, { description, value });
  put('LakeLocation', 'Where the objects are', `s3://${bucketName}${lake.prefix === '' ? '' : `/${lake.prefix}`}`);
  if (!isOwnBucket) put('LakeIsYours', 'The bucket was there before', ownersDuties);
  credentialCommands(sources.flatMap((source) => source.streams.map(({ credential }) => credential))).forEach(
    (command, index) => {
      put(`Step1Credential${index + 1}`, 'Run it, paste the key (it is not shown), press Enter', command);
    },
  );
  if (!hasEmail) put('Step2Alarms', 'Be told of alarms', subscribe(alarmTopicArn));
  const [first] = streams;
  if (!first) return;
  const { stream, source, table } = first.definition;
  put(
    'Step3FirstRun',
    `Do not wait for the schedule of ${stream}`,
    invoke(resourceNames.exportFunction(stage, source), { stream }),
  );
  put('Step4FirstQuery', 'Ask Athena', firstQuery(stage, table));
  put('Step5Backfill', 'Read a past span of all streams again', backfill(backfillArn));
}

const ownersDuties =
  'Its settings stay yours: turn on versioning and EventBridge notifications, end unfinished uploads after a day by a lifecycle rule, refuse requests without TLS';

/** One command for every credential, or, beyond what can be read, the first ones and a word about the rest. */
function credentialCommands(places: readonly CredentialPlace[]): readonly string[] {
  const distinct = [...new Map(places.map((place) => [place.label, place])).values()];
  const commands = distinct.slice(0, mostCredentials).map(credentialCommand);
  const left = distinct.length - commands.length;
  return left > 0 ? [...commands, `And ${left} more: one for every credential of the configuration`] : commands;
}

/** A file would end in a line break, which no header takes. */
function credentialCommand({ kind, name }: CredentialPlace): string {
  return `read -rs KEY && ${putCommand({ kind, name })} "$KEY"`;
}

function putCommand({ kind, name }: Pick<CredentialPlace, 'kind' | 'name'>): string {
  return kind === 'ssm'
    ? `aws ssm put-parameter --type SecureString --name ${name} --value`
    : name.startsWith('arn:')
      ? `aws secretsmanager put-secret-value --secret-id ${name} --secret-string`
      : `aws secretsmanager create-secret --name ${name} --secret-string`;
}

function subscribe(topicArn: string): string {
  return `aws sns subscribe --topic-arn ${topicArn} --protocol email --notification-endpoint you@example.com`;
}

function invoke(functionName: string, request: object): string {
  return `aws lambda invoke --invocation-type Event --cli-binary-format raw-in-base64-out --function-name ${functionName} --payload '${JSON.stringify(request)}' /dev/null`;
}

function firstQuery(stage: string, table: string): string {
  const query = `SELECT dt, count(*) AS conversations FROM ${table} WHERE dt >= date_format(current_date - interval '7' day, '%Y-%m-%d') GROUP BY dt ORDER BY dt`;
  return `aws athena start-query-execution --work-group ${resourceNames.workgroup(stage)} --query-execution-context Database=${resourceNames.database(stage)} --query-string "${query}"`;
}

function backfill(machineArn: string): string {
  return `aws stepfunctions start-execution --state-machine-arn ${machineArn} --input '{"from":"2026-01-01T00:00:00Z","to":"2026-02-01T00:00:00Z"}'`;
}
