import { describe, expect, it } from 'vitest';
import {
  type DeployedResource,
  type DeployedStack,
  deployedStack,
  type PlainTemplate,
  readRecording,
  recorded,
  recordings,
  synthesize,
} from './support/recorded-template.ts';

/** What lies in the accounts of those who have deployed a stack; an update must find it again. */
const deployed: Readonly<Record<string, DeployedStack>> = readRecording(recordings.resources);

describe.each(Object.entries(recorded))('an update in place of %s', (name, input) => {
  const { stack, resources }: DeployedStack = deployed[name] ?? { stack: 'none is recorded', resources: {} };
  const now = deployedStack(input);
  /** Of the recorded resources those that are still there; the test of the types names the others. */
  const kept = Object.keys(resources).filter((id) => id in now.resources);
  const identities = (of: Readonly<Record<string, DeployedResource>>) => kept.map((id) => [id, of[id]?.identity]);

  it('finds the stack under its name', () => {
    expect(now.stack).toBe(stack);
  });

  it('finds every resource under its logical id, with its type', () => {
    const types = Object.entries(resources).map(([id, { type }]) => [id, type]);

    expect(types.length).toBeGreaterThan(100);
    expect(types.map(([id = '']) => [id, now.resources[id]?.type])).toEqual(types);
  });

  it('replaces none: what names a resource, and all else that cannot change in place, stays', () => {
    expect(identities(now.resources)).toEqual(identities(resources));
  });
});

describe('the template of the example', () => {
  // A later change that is meant to be seen in an account records it anew: npx node test/infra/record-template.ts
  it('is the recorded one but for hashes of code: restructuring changes nothing', () => {
    expect(synthesize(recorded.example).template).toEqual(readRecording<PlainTemplate>(recordings.example));
  });

  it('is recorded without a hash of code, so that code alone changes no recording', () => {
    expect(JSON.stringify(readRecording(recordings.example))).not.toMatch(/[0-9a-f]{64}/);
  });
});
