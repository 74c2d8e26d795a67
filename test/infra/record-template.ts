/**
 * Records the template of the example's stack anew, for recorded-template.test.ts to compare with, and prints which resources
 * differ from the recording before (`npx`, as it takes the Node.js that the project brings):
 *
 *     npx node test/infra/record-template.ts
 *
 * Run it after a change that is meant to change the template, and commit the recording together with the change. With
 * `--resources` it also adds to the recording of deployed resources those that are new, which from then on must stay. It never
 * takes one back, for what is recorded there lies in somebody's account.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { gzipSync } from 'node:zlib';
import {
  type DeployedStack,
  deployedStack,
  type PlainTemplate,
  readRecording,
  recorded,
  recordings,
  synthesize,
} from './support/recorded-template.ts';

recordExample();
if (process.argv.includes('--resources')) recordResources();

function recordExample(): void {
  const { Resources: now, ...others } = synthesize(recorded.example).template;
  const before = readBefore<PlainTemplate>(recordings.example)?.Resources ?? {};
  for (const id of new Set([...Object.keys(before), ...Object.keys(now)])) {
    if (!(id in before)) console.log(`new      ${id}`);
    else if (!(id in now)) console.log(`removed  ${id}`);
    else if (!isDeepStrictEqual(before[id], now[id])) console.log(`changed  ${id}`);
  }
  write(recordings.example, { Resources: now, ...others });
}

function recordResources(): void {
  const before = readBefore<Record<string, DeployedStack>>(recordings.resources) ?? {};
  const stacks = Object.entries(recorded).map(([name, input]) => {
    const now = deployedStack(input);
    return [name, { ...now, ...before[name], resources: { ...now.resources, ...before[name]?.resources } }] as const;
  });
  write(recordings.resources, Object.fromEntries(stacks));
}

function readBefore<T>(file: URL): T | undefined {
  return existsSync(file) ? readRecording<T>(file) : undefined;
}

function write(file: URL, value: unknown): void {
  writeFileSync(file, gzipSync(`${JSON.stringify(value, null, 2)}\n`, { level: 9 }));
}
