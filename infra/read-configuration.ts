import { existsSync } from 'node:fs';
import { isLoopback } from '../contract/configuration/address.ts';
import type { Configuration, Problem, StreamConfiguration } from '../contract/configuration/configuration.ts';
import { parseConfiguration } from '../contract/configuration/parse-configuration.ts';
import { defaultConfigurationFile, readConfigurationFile } from '../contract/configuration/read-configuration-file.ts';
import { DeployError } from './deployment/deploy-error.ts';

/** What is synthesized without an account where nothing else is there, so that a fresh clone can show its stack. */
const EXAMPLE_FILE = 'examples/convlake.config.ts';

/** What is known of a synthesis before its configuration is read. */
export interface Synthesis {
  /** The file that `-c config` names. */
  readonly named: string | undefined;
  /** The account that could be deployed to. `cdk deploy` knows one always, `cdk synth` where there are credentials. */
  readonly account: string | undefined;
  /** Whether `-c allowExample=true` says that what looks like the example is meant. */
  readonly allowsExample: boolean;
}

/**
 * Reads the configuration that is named, else the file that the command line reads too, else, where there is no account, the example.
 * With an account it also refuses what would be deployed in vain.
 * @throws DeployError with everything that is wrong
 */
export async function chooseConfiguration({ named, account, allowsExample }: Synthesis): Promise<Configuration> {
  const found = named === undefined ? defaultConfigurationFile('-c config=<file>') : { file: named };
  if ('problem' in found && account !== undefined) throw new DeployError(`${sentence(found.problem)}. ${LOOKING}`);
  const file = 'file' in found ? found.file : EXAMPLE_FILE;
  const configuration = await readConfiguration(file);
  if (account === undefined) return configuration;
  const example = allowsExample || !existsSync(EXAMPLE_FILE) ? undefined : await readConfiguration(EXAMPLE_FILE);
  const problems = futile(configuration, example).map((problem) => `- ${sentence(problem)}`);
  if (problems.length === 0) return configuration;
  throw new DeployError(`${file} cannot be deployed:\n${problems.join('\n')}\n${LOOKING}`);
}

const LOOKING =
  'Without credentials of AWS, `npx cdk synth` shows any stack, and where there is no configuration that of the example';

/** What no function reaches, and what nobody meant. */
function futile({ streams }: Configuration, example: Configuration | undefined): Problem[] {
  const nameOf = ({ definition, tenant }: StreamConfiguration) => `${definition.stream} ${tenant}`;
  const ofExample = new Set(example?.streams.map(nameOf));
  return streams.flatMap((stream, index) => {
    const { baseUrl, tenant } = stream;
    const problem = (setting: string, message: string) => ({ path: `streams[${index}].${setting}`, message });
    return [
      ...(isLoopback(new URL(baseUrl))
        ? [
            problem(
              'baseUrl',
              `${baseUrl} is on this machine, where no function looks; write the vendor's, or leave it out`,
            ),
          ]
        : []),
      ...(ofExample.has(nameOf(stream))
        ? [problem('tenant', `"${tenant}" is the example's; write yours, or say -c allowExample=true if it is`)]
        : []),
    ];
  });
}

/**
 * Reads a file that is to be deployed.
 * @throws DeployError naming the file and everything that is wrong with it
 */
export async function readConfiguration(file: string): Promise<Configuration> {
  const read = await readConfigurationFile(file, '-c config');
  if ('problem' in read) throw new DeployError(sentence(read.problem));
  const parsed = parseConfiguration(read.input);
  if ('configuration' in parsed) return parsed.configuration;
  const problems = parsed.problems.map((problem) => `- ${sentence(problem)}`);
  throw new DeployError(`${file} is not a configuration:\n${problems.join('\n')}`);
}

function sentence({ path, message }: Problem): string {
  return `${path}: ${message}`;
}
