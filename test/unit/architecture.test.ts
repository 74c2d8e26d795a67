import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Where the code lies that is delivered; tests may import whatever they test. */
const worlds = ['contract', 'functions', 'infra', 'cli'] as const;

interface Import {
  /** The importing file, and what it names: a path from the root, or a package or `node:` module. */
  readonly by: string;
  readonly target: string;
  readonly runTime: boolean;
  readonly ours: boolean;
}

const statement =
  /^(?:import|export)\s+(?<typeOnly>type\s)?[^'";]*?from\s+'(?<from>[^']+)'|^import\s+'(?<bare>[^']+)'|\bimport\(\s*'(?<lazy>[^']+)'/gm;

function filesOf(folder: string): string[] {
  return globSync(`${folder}/**/*.ts`, { cwd: root }).map((file) => file.replaceAll('\\', '/'));
}

function read(file: string): string {
  return readFileSync(new URL(file, `file://${root}`), 'utf8');
}

/** What a text imports, were it the file `by`. */
function importsIn(text: string, by: string): Import[] {
  return [...text.matchAll(statement)].map(({ groups = {} }) => {
    const named = groups['from'] ?? groups['bare'] ?? groups['lazy'] ?? '';
    const ours = named.startsWith('.');
    const target = ours ? posix.join(posix.dirname(by), named) : named;
    return { by, target, runTime: groups['typeOnly'] === undefined, ours };
  });
}

function importsOf(folder: string): Import[] {
  return filesOf(folder).flatMap((file) => importsIn(read(file), file));
}

const show = ({ by, target }: Import) => `${by} imports ${target}`;

describe('the reading of imports', () => {
  test('finds every form, resolves paths, and knows types from run time', () => {
    const text = [
      "import { a } from './a.ts';",
      "import type { B } from '../b.ts';",
      'import {',
      '  type C,',
      '  c,',
      "} from '@scope/c/deep';",
      "export * from '../../d.ts';",
      "import 'node:e';",
      "const f = await import('./f.ts');",
    ].join('\n');

    expect(importsIn(text, 'x/y/z.ts').map(({ target, runTime }) => [target, runTime])).toEqual([
      ['x/y/a.ts', true],
      ['x/b.ts', false],
      ['@scope/c/deep', true],
      ['d.ts', true],
      ['node:e', true],
      ['x/y/f.ts', true],
    ]);
  });

  test.each(worlds)('finds files and imports in %s', (folder) => {
    expect(importsOf(folder).length).toBeGreaterThan(filesOf(folder).length / 2);
  });
});

describe('functions/engine', () => {
  test.each([
    'process.',
    'Date.now',
    'new Date()',
    'Math.random',
    'setTimeout',
    'setInterval',
    'setImmediate',
    'fetch(',
  ])('has no %s: environment, clock and randomness come in', (effect) => {
    const using = filesOf('functions/engine').filter((file) => withoutComments(read(file)).includes(effect));

    expect(using).toEqual([]);
  });
});

/** Comments may say what is not done. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}

describe('the import rules (.dependency-cruiser.mjs)', () => {
  // Their parser (@swc/core 1.16) overlooks most of them, and a circle of types with them.
  test('can see every type: none is named by import() where it is used', () => {
    const using = worlds
      .flatMap(filesOf)
      .filter((file) => /typeof import\(|\bimport\('[^']+'\)\.[A-Z]/.test(read(file)));

    expect(using).toEqual([]);
  });
});

describe('size', () => {
  const sources = worlds.flatMap((folder) => globSync(`${folder}/**/*.{ts,js,mjs}`, { cwd: root }));

  test('no source file has more than 300 lines', () => {
    const lines = (file: string) => read(file).trimEnd().split('\n').length;

    expect(sources.filter((file) => lines(file) > 300)).toEqual([]);
  });

  test('no source folder holds more than 13 source files: a fuller one has a room in it', () => {
    const folders = Map.groupBy(sources, (file) => posix.dirname(file));

    expect([...folders].filter(([, files]) => files.length > 13).map(([folder]) => folder)).toEqual([]);
  });
});

describe('package.json', () => {
  const manifest = JSON.parse(read('package.json')) as Record<
    'dependencies' | 'optionalDependencies' | 'devDependencies',
    Record<string, string>
  >;
  const runTime = { ...manifest.dependencies, ...manifest.optionalDependencies };
  const packageOf = (target: string) => target.split('/', target.startsWith('@') ? 2 : 1).join('/');
  const builtIn = (target: string) => target.startsWith('node:') || builtinModules.includes(target);
  const missing = (folder: string, from: Record<string, string>) =>
    importsOf(folder).filter(
      ({ target, runTime: needed, ours }) =>
        needed && !ours && !builtIn(target) && from[packageOf(target)] === undefined,
    );

  test.each(['contract', 'functions', 'cli'])(
    'has every package that %s needs at run time among its dependencies',
    (folder) => {
      expect(missing(folder, runTime).map(show)).toEqual([]);
    },
  );

  test('has every package that infra needs', () => {
    expect(missing('infra', { ...runTime, ...manifest.devDependencies }).map(show)).toEqual([]);
  });
});
