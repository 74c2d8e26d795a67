import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { stackOf, streamOf } from './support/stack-of.ts';

/** What cdk-nag's pack for solutions finds, and where. */
function findings(app: ReturnType<typeof stackOf>['app']): readonly string[] {
  return new AwsSolutionsChecks()
    .validateScope(app)
    .violations.map(({ ruleName, violatingResources }) => `${ruleName} ${violatingResources[0]?.constructPath}`);
}

describe('cdk-nag', () => {
  test.each([
    ['of the example', {}, {}],
    [
      'with a key and an address',
      {},
      {
        kmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555',
        alarmEmail: 'a@b.c',
      },
    ],
    ['of one disabled stream', { streams: [streamOf({ enabled: false })] }, {}],
  ])('finds nothing in the stack %s', (_, changes, context) => {
    expect(findings(stackOf(changes, context).app)).toEqual([]);
  });

  test('would find a bucket that is open, so what is acknowledged is not everything', () => {
    const { app, stack } = stackOf();
    new Bucket(stack, 'Another');

    expect(findings(app).map((finding) => finding.split(' ')[0])).toEqual(['AwsSolutions-S1', 'AwsSolutions-S10']);
  });
});

describe('cfn-lint', () => {
  const isThere = spawnSync('cfn-lint', ['--version']).status === 0;
  if (!isThere) console.log('cfn-lint is not on PATH: the template is not linted here');

  test.runIf(isThere)('finds no error in the template', () => {
    const folder = mkdtempSync(join(tmpdir(), 'convlake-template-'));
    const file = join(folder, 'template.json');
    writeFileSync(file, JSON.stringify(stackOf().template.toJSON()));

    const arguments_ = ['--format', 'json', '--ignore-checks', 'W', '-r', 'eu-central-1', '--', file];
    const { stdout, stderr } = spawnSync('cfn-lint', arguments_, { encoding: 'utf8' });
    const found: readonly Finding[] = JSON.parse(stdout);

    expect(stderr).toBe('');
    expect(found.filter((finding) => !isUnknownYet(finding)).map(({ Message }) => Message)).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});

/** What cfn-lint says of a template, as far as it is looked at here. */
interface Finding {
  readonly Rule: { readonly Id: string };
  readonly Message: string;
  readonly Location: { readonly Path: readonly (string | number)[] };
}

/** CloudFormation's reference has the property; the schemas that cfn-lint brings (1.51) do not have it yet. */
function isUnknownYet({ Rule, Location }: Finding): boolean {
  return Rule.Id === 'E3002' && Location.Path.at(-1) === 'WarmUpConfiguration';
}
