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

/** These got names that CloudFormation had chosen before, so that policies can name them before they are there. */
const isRenamed = (id: string) => /^Export\w+HandlerRole[0-9A-F]{8}$/.test(id);

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

  it('replaces none but roles of export functions: what names a resource, and all else that cannot change in place, stays', () => {
    const withoutRoles = (of: typeof resources) => identities(of).filter(([id]) => !isRenamed(String(id)));

    expect(withoutRoles(now.resources)).toEqual(withoutRoles(resources));
  });

  it('replaces those roles once: by ones of fixed names, whose policies are there before the functions take them on', () => {
    const renamed = kept.filter(isRenamed);
    const { template } = synthesize(input);

    expect(renamed).toHaveLength(4);
    for (const id of renamed) {
      expect([resources[id]?.identity, Object.keys(now.resources[id]?.identity ?? {})]).toEqual([{}, ['RoleName']]);
      const functions = Object.values(template.Resources).filter(
        ({ Type, Properties }) => Type === 'AWS::Lambda::Function' && JSON.stringify(Properties['Role']).includes(id),
      );
      const policies = Object.entries(template.Resources)
        .filter(([, { Properties }]) => JSON.stringify(Properties['Roles'] ?? []).includes(`"${id}"`))
        .map(([policy]) => policy);
      expect([functions.length, policies.length]).toEqual([1, 1]);
      expect(functions[0]?.DependsOn).toEqual(expect.arrayContaining(policies));
    }
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
