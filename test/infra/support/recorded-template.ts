import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { ConfigurationInput } from '../../../contract/configuration/define-config.ts';
import { parseConfiguration } from '../../../contract/configuration/parse-configuration.ts';
import example from '../../../examples/convlake.config.ts';
import { ConvlakeStack } from '../../../infra/convlake-stack.ts';
import { resourceNames } from '../../../infra/deployment/resource-names.ts';
import type { Resource } from './resources-of.ts';

/** Where recordings of templates lie: JSON, compressed, as a template is 300 KB of text. */
export const recordings = {
  example: new URL('../../fixtures/recorded/example-template.json.gz', import.meta.url),
  resources: new URL('../../fixtures/recorded/deployed-resources.json.gz', import.meta.url),
} as const;

/** What a stack is synthesized from. */
export interface StackInput {
  readonly configuration: ConfigurationInput;
  /** What `-c` says of it on the command line. */
  readonly context?: Readonly<Record<string, string>>;
}

/** The stacks that are recorded: a small one and a large one, each of a stage of its own. */
export const recorded = {
  example: { configuration: example },
  'five streams of a hundred tenants': {
    configuration: hundredTenants(),
    context: { alarmEmail: 'someone@example.com' },
  },
} as const satisfies Readonly<Record<string, StackInput>>;

/** What an update in place must find again: whatever is not equal here, CloudFormation makes anew or deletes. */
export interface DeployedResource {
  readonly type: string;
  /** The properties that cannot change without a replacement, by their paths; those that CloudFormation chooses are left out. */
  readonly identity: Readonly<Record<string, unknown>>;
}

/** A stack as an account sees it. */
export interface DeployedStack {
  readonly stack: string;
  readonly resources: Readonly<Record<string, DeployedResource>>;
}

/** A template in which no hash of code is left. */
export interface PlainTemplate {
  readonly Resources: Readonly<Record<string, Resource>>;
}

/** Of every type that the stack is made of, the properties of which CloudFormation's reference says "Replacement". */
const identifying: Readonly<Record<string, readonly string[]>> = {
  'AWS::Athena::NamedQuery': ['Name', 'Database', 'WorkGroup'],
  'AWS::Athena::WorkGroup': ['Name'],
  'AWS::CloudWatch::Alarm': ['AlarmName'],
  'AWS::CloudWatch::Dashboard': ['DashboardName'],
  'AWS::Events::Rule': ['Name', 'EventBusName'],
  'AWS::Glue::Database': ['CatalogId', 'DatabaseInput.Name'],
  'AWS::Glue::Table': ['CatalogId', 'DatabaseName', 'TableInput.Name'],
  'AWS::IAM::ManagedPolicy': ['ManagedPolicyName', 'Path'],
  'AWS::IAM::Policy': ['PolicyName'],
  'AWS::IAM::Role': ['RoleName', 'Path'],
  'AWS::KMS::Key': ['KeySpec', 'KeyUsage', 'MultiRegion'],
  'AWS::Lambda::EventInvokeConfig': ['FunctionName', 'Qualifier'],
  'AWS::Lambda::Function': ['FunctionName', 'PackageType'],
  'AWS::Lambda::Permission': ['Action', 'FunctionName', 'Principal', 'SourceArn', 'SourceAccount'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::S3::Bucket': ['BucketName'],
  'AWS::S3::BucketPolicy': ['Bucket'],
  'AWS::SNS::Subscription': ['TopicArn', 'Protocol', 'Endpoint'],
  'AWS::SNS::Topic': ['TopicName', 'FifoTopic'],
  'AWS::SNS::TopicPolicy': [],
  'AWS::SQS::Queue': ['QueueName', 'FifoQueue'],
  'AWS::SQS::QueuePolicy': [],
  'AWS::Scheduler::Schedule': ['Name', 'GroupName'],
  'AWS::Scheduler::ScheduleGroup': ['Name'],
  'AWS::StepFunctions::StateMachine': ['StateMachineName', 'StateMachineType'],
};

/** The stack of a configuration, under the name of its deploy and with CDK's flags of one. Bundles nothing. */
export function synthesize({ configuration, context = {} }: StackInput): {
  readonly stack: string;
  readonly template: PlainTemplate;
} {
  const parsed = parseConfiguration(configuration);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const cdkJson: { readonly context: Readonly<Record<string, unknown>> } = JSON.parse(
    readFileSync(new URL('../../../cdk.json', import.meta.url), 'utf8'),
  );
  const app = new App({ context: { ...cdkJson.context, ...context, 'aws:cdk:bundling-stacks': [] } });
  const name = resourceNames.stack(parsed.configuration.stage);
  const stack = new ConvlakeStack(app, name, { configuration: parsed.configuration });
  return { stack: stack.stackName, template: withoutCode(Template.fromStack(stack).toJSON()) };
}

/** The same as an account sees it. */
export function deployedStack(input: StackInput): DeployedStack {
  const { stack, template } = synthesize(input);
  const resources = Object.entries(template.Resources).map(
    ([id, resource]) => [id, deployedResource(resource)] as const,
  );
  return { stack, resources: Object.fromEntries(resources) };
}

/** What a recording holds. */
export function readRecording<T>(file: URL): T {
  return JSON.parse(gunzipSync(readFileSync(file)).toString('utf8'));
}

function deployedResource({ Type, Properties }: Resource): DeployedResource {
  const paths = identifying[Type];
  if (!paths) throw new Error(`say in ${import.meta.filename} which properties of ${Type} cannot change in place`);
  const values = paths.map((path) => [path, valueAt(Properties, path.split('.'))] as const);
  return { type: Type, identity: Object.fromEntries(values.filter(([, value]) => value !== undefined)) };
}

function valueAt(value: unknown, [name, ...inner]: readonly string[]): unknown {
  if (name === undefined) return value;
  return typeof value === 'object' && value !== null
    ? valueAt(new Map(Object.entries(value)).get(name), inner)
    : undefined;
}

/** With every hash of code replaced by a word: it stands in the keys of assets alone. */
function withoutCode(template: object): PlainTemplate {
  return JSON.parse(JSON.stringify(template).replaceAll(/"[0-9a-f]{64}\.(zip|json)"/g, '"<hash of code>.$1"'));
}

function hundredTenants(): ConfigurationInput {
  const tenants = Array.from({ length: 100 }, (_, index) => `tenant-${String(index + 1).padStart(3, '0')}`);
  const streams = example.streams.flatMap(({ stream, credential }) =>
    tenants.map((tenant) => ({ stream, tenant, credential, start: '2026-01-01T00:00:00Z' })),
  );
  return { stage: 'prod', lake: './lake', streams };
}
