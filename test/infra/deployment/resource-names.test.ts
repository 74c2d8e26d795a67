import { describe, expect, test } from 'vitest';
import { resourceNames } from '../../../infra/deployment/resource-names.ts';

describe('the name of an export role', () => {
  test('says stage, source and region, in which order no other resource of the account has it', () => {
    expect(resourceNames.exportRole('prod', 'crescendo', 'eu-central-1')).toBe('convlake-prod-crescendo-eu-central-1');
  });

  test('of the longest stage, source and region is as long as IAM takes it, and still its own', () => {
    const stages = ['a', 'b'].map((end) => `${'long-stage-'.repeat(2)}of-32-chars${end}`.slice(-32));
    const names = stages.map((stage) => resourceNames.exportRole(stage, 'elevenlabs', 'us-isof-south-1'));

    expect(stages.map(({ length }) => length)).toEqual([32, 32]);
    expect(names.filter((name) => name.length > 64 || !/^[\w-]+-us-isof-south-1$/.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(2);
  });
});
