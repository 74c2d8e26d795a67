import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ConvlakeStack } from './convlake-stack.ts';
import { DeployError } from './deployment/deploy-error.ts';
import { resourceNames } from './deployment/resource-names.ts';
import { chooseConfiguration } from './read-configuration.ts';

try {
  await synthesize();
} catch (error) {
  if (!(error instanceof DeployError)) throw error;
  console.error(error.message);
  process.exit(1); // at once: an app that goes on synthesizes what it has
}

async function synthesize(): Promise<void> {
  const app = new App();
  const named: unknown = app.node.tryGetContext('config');
  const configuration = await chooseConfiguration({
    named: typeof named === 'string' ? named : undefined,
    account: process.env['CDK_DEFAULT_ACCOUNT'],
    allowsExample: String(app.node.tryGetContext('allowExample')) === 'true',
  });
  new ConvlakeStack(app, resourceNames.stack(configuration.stage), { configuration });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
