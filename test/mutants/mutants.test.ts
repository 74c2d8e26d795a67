import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chosenMutant, mutants, mutate, mutatedFile, root } from './mutants.ts';
import { seedsOf, tryMutant } from './trial.ts';

describe('mutants', () => {
  test.each(mutants)('$name has its place in the source, once', (mutant) => {
    expect(() => mutatedFile(mutant)).not.toThrow();
    expect(mutant.test === undefined || existsSync(join(root, mutant.test.file))).toBe(true);
  });

  test('have names of their own', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });

  test.each(['', 'find find'])('fail by name where their text does not stand once: "%s"', (source) => {
    const mutant = { name: 'moved', why: '', file: 'some.ts', find: 'find', replace: '' };

    expect(() => mutate(source, mutant)).toThrow(/moved finds its text [02] times in some\.ts/);
  });

  test('fail by a name that none of them has', () => {
    expect(() => chosenMutant('nobody')).toThrow('there is no mutant nobody');
  });

  test('live the histories only that they can show in', () => {
    const all = [...seedsOf({}, 5, 3)];
    const some = [...seedsOf({ where: ({ stream }) => stream === 'salesloft.conversations' }, 1, 3)];

    expect(all).toEqual([5, 6, 7]);
    expect(some).toHaveLength(3);
    expect(some).not.toEqual([1, 2, 3]);
  });
});

describe('a simulated history', () => {
  test.each(['union-turned-to-replace', 'superseded-line-kept'])('catches %s', async (name) => {
    const mutant = chosenMutant(name);
    if (!mutant) throw new Error('it was there a moment ago');

    const { caught, control } = await tryMutant(mutant, { seed: 1, runs: 20, holds: async () => true });

    expect(caught).toEqual({ by: expect.stringMatching(/^seed \d+$/), said: expect.any(String) });
    expect(control).toEqual({ noticed: undefined });
  });
});
