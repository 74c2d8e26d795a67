import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ConvlakeStack } from './convlake-stack.ts';
import { resourceNames } from './deployment/resource-names.ts';
import { readConfiguration } from './read-configuration.ts';

/** What is synthesized where nothing else is named, so that a fresh clone can show its stack. */
const EXAMPLE_FILE = 'examples/convlake.config.ts';

const app = new App();
const named: unknown = app.node.tryGetContext('config');
const configuration = await readConfiguration(typeof named === 'string' ? named : EXAMPLE_FILE);
new ConvlakeStack(app, resourceNames.stack(configuration.stage), { configuration });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
