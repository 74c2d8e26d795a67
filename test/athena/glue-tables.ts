import type { Template } from 'aws-cdk-lib/assertions';
import { asDeployed } from '../infra/support/as-deployed.ts';
import { resourcesOf } from '../infra/support/resources-of.ts';

/** Creates in a Glue of this machine what CloudFormation would create from the template, and resolves to the database's name. */
export async function createGlueTables(template: Template, endpoint: string): Promise<string> {
  const [database] = resourcesOf(template, 'AWS::Glue::Database').values();
  if (!database) throw new Error('the template has no Glue database');
  const { DatabaseInput } = deployed(template, database.Properties);
  const { Name } = deployed(template, DatabaseInput);
  await glue(endpoint, 'CreateDatabase', { DatabaseInput });
  for (const { Properties } of resourcesOf(template, 'AWS::Glue::Table').values()) {
    const { DatabaseName, TableInput } = deployed(template, Properties);
    await glue(endpoint, 'CreateTable', { DatabaseName, TableInput });
  }
  return String(Name);
}

function deployed(template: Template, value: unknown): Readonly<Record<string, unknown>> {
  const resolved = asDeployed(template, value);
  if (typeof resolved !== 'object' || resolved === null) throw new Error('the template holds no object there');
  return Object.fromEntries(Object.entries(resolved));
}

/** moto looks at no signature, but finds the service and region in the header. */
const authorization =
  'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/glue/aws4_request, SignedHeaders=host, Signature=none';

async function glue(endpoint: string, action: string, input: object): Promise<void> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AWSGlue.${action}` },
    body: JSON.stringify(input),
  });
  if (!response.ok) throw new Error(`Glue responded to ${action} with ${response.status}: ${await response.text()}`);
}
