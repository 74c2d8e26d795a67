import type { Configuration, Problem } from '../contract/configuration/configuration.ts';
import { parseConfiguration } from '../contract/configuration/parse-configuration.ts';
import { readConfigurationFile } from '../contract/configuration/read-configuration-file.ts';

/**
 * Reads the configuration that is to be deployed.
 * @throws Error naming the file and everything that is wrong with it
 */
export async function readConfiguration(file: string): Promise<Configuration> {
  const read = await readConfigurationFile(file, '-c config');
  if ('problem' in read) throw new Error(sentence(read.problem));
  const parsed = parseConfiguration(read.input);
  if ('configuration' in parsed) return parsed.configuration;
  const problems = parsed.problems.map((problem) => `- ${sentence(problem)}`);
  throw new Error(`${file} is not a configuration:\n${problems.join('\n')}`);
}

function sentence({ path, message }: Problem): string {
  return `${path}: ${message}`;
}
