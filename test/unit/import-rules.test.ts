import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractConfiguration from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { describe, expect, onTestFinished, test } from 'vitest';

const { forbidden = [], options } = await extractConfiguration(
  join(import.meta.dirname, '../../.dependency-cruiser.mjs'),
);

/** For each rule a file and what it says that the rule forbids; what is imported from the tree is there too, and empty. */
const violations: Readonly<Record<string, readonly [file: string, text: string]>> = {
  'contract-alone': ['contract/layout.ts', "import { send } from '../functions/http/send.ts';"],
  'configuration-reader-alone': [
    'contract/configuration/read-configuration-file.ts',
    "import { skipValue } from '../../functions/engine/rows/json-scanner.ts';",
  ],
  'configuration-reader-for-hosts': [
    'functions/lambda/services.ts',
    "const { read } = await import('../../contract/configuration/read-configuration-file.ts');",
  ],
  'engine-pure': ['functions/engine/rows/row.ts', "import { readFile } from 'node:fs/promises';"],
  'sources-pure': ['functions/sources/crescendo/crescendo.ts', "import { Pool } from 'undici';"],
  'sources-apart': ['functions/sources/crescendo/step.ts', "import type { Step } from '../salesloft/step.ts';"],
  'functions-without-hosts': ['functions/wiring/wire.ts', "import { print } from '../../cli/print.ts';"],
  'infra-apart': ['infra/watch.ts', "const { watch } = await import('../functions/watch.handler.ts');"],
  'cli-without-stack': ['cli/commands/status.ts', "import { App } from 'aws-cdk-lib';"],
  'tests-for-tests': ['cli/run/run.ts', "import { fake } from '../../test/support/fake.ts';"],
  'demo-simulator-only': ['cli/demo/demo.ts', "import { fake } from '../../test/support/fake.ts';"],
  'adapters-below-wiring': ['functions/lake/s3/lake.ts', "import type { Clock } from '../../wiring/clock.ts';"],
  'wiring-below-hosts': ['functions/wiring/wire.ts', "export * from '../lambda/services.ts';"],
  'engine-root-below-rooms': ['functions/engine/ports.ts', "import type { Row } from './rows/row.ts';"],
  'engine-rooms-below-export-stream': ['functions/engine/run/run.ts', "import { go } from '../export-stream.ts';"],
  'engine-rows-below-checkpoint': [
    'functions/engine/rows/row.ts',
    "import type { Claim } from '../checkpoint/claim.ts';",
  ],
  'engine-checkpoint-below-plan': ['functions/engine/checkpoint/codec.ts', "import { plan } from '../plan/plan.ts';"],
  'engine-plan-below-partition': ['functions/engine/plan/plan.ts', "import { index } from '../partition/index.ts';"],
  'engine-partition-below-walk': ['functions/engine/partition/writer.ts', "import { walk } from '../walk/paging.ts';"],
  'engine-walk-below-details': ['functions/engine/walk/paging.ts', "import { line } from '../details/detail-line.ts';"],
  'engine-details-below-run': ['functions/engine/details/detail-line.ts', "import { tally } from '../run/tally.ts';"],
};

describe('the import rules', () => {
  test.each(Object.entries(violations))('%s', async (rule, [file, text]) => {
    expect(await brokenIn({ [file]: text })).toEqual([rule]);
  });

  test('no-circles, also where only types are imported', async () => {
    const files = {
      'functions/http/a.ts': "import type { B } from './b.ts';\nexport type A = B;",
      'functions/http/b.ts': "export type { C as B } from './c.ts';",
      'functions/http/c.ts': "import { type A } from './a.ts';\nexport type C = A;",
    };

    expect(new Set(await brokenIn(files))).toEqual(new Set(['no-circles']));
  });

  test('have a violation here, each of them', () => {
    expect(forbidden.map(({ name }) => name).sort()).toEqual([...Object.keys(violations), 'no-circles'].sort());
  });

  test('let the allowed pass: the way down, packages by name, the demonstration its simulator', async () => {
    const files = {
      'contract/configuration/schema.ts': "import { z } from 'zod';",
      'contract/configuration/read-configuration-file.ts':
        "import { readFile } from 'node:fs/promises';\nimport type { ParseError } from 'jsonc-parser';",
      'functions/engine/export-stream.ts': "import { run } from './run/run.ts';",
      'functions/engine/run/run.ts':
        "import type { Row } from '../rows/row.ts';\nimport { createHash } from 'node:crypto';",
      'functions/lambda/services.ts': "import { wire } from '../wiring/wire.ts';",
      'functions/sources/salesloft/step.ts': "import type { Source } from '../../engine/source.ts';",
      'infra/app.ts': "import { App } from 'aws-cdk-lib';\nimport { readFile } from 'node:fs/promises';",
      'cli/demo/demo.ts': "import { start } from '../../test/simulator/simulator.ts';",
    };

    expect(await brokenIn(files)).toEqual([]);
  });
});

/** The names of the rules that a tree with these files breaks. */
async function brokenIn(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const baseDir = mkdtempSync(join(tmpdir(), 'convlake-imports-'));
  onTestFinished(() => rmSync(baseDir, { recursive: true }));
  for (const [file, text] of Object.entries({ ...importedBy(files), ...files })) {
    mkdirSync(dirname(join(baseDir, file)), { recursive: true });
    writeFileSync(join(baseDir, file), text);
  }
  const { output } = await cruise(['.'], { ...options, baseDir, validate: true, ruleSet: { forbidden } });
  return (output as ICruiseResult).summary.violations.map(({ rule }) => rule.name);
}

/** Empty files for all that these import by a path. */
function importedBy(files: Readonly<Record<string, string>>): Record<string, string> {
  const imported = Object.entries(files).flatMap(([file, text]) =>
    [...text.matchAll(/'(\.[^']+)'/g)].map(([, path = '']) => join(dirname(file), path)),
  );
  return Object.fromEntries(imported.map((path) => [path, '']));
}
