import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { awsMutants } from './planted/aws-mutants.ts';
import { backfillMutants } from './planted/backfill-mutants.ts';
import { checkpointMutants } from './planted/checkpoint-mutants.ts';
import { commandMutants } from './planted/command-mutants.ts';
import { commitMutants } from './planted/commit-mutants.ts';
import { detailMutants } from './planted/detail-mutants.ts';
import { detailSourceMutants } from './planted/detail-source-mutants.ts';
import type { Mutant } from './planted/mutant.ts';

export type { Mutant } from './planted/mutant.ts';

import { historyMutants } from './planted/history-mutants.ts';
import { httpMutants } from './planted/http-mutants.ts';
import { oversizedMutants } from './planted/oversized-mutants.ts';
import { recordMutants } from './planted/record-mutants.ts';
import { revisitMutants } from './planted/revisit-mutants.ts';
import { statusMutants } from './planted/status-mutants.ts';
import { walkMutants } from './planted/walk-mutants.ts';

/** The variable that names the mutant which a process is to run. */
export const MUTANT = 'CONVLAKE_MUTANT';
export const root = join(import.meta.dirname, '../..');

export const mutants: readonly Mutant[] = [
  ...commitMutants,
  ...oversizedMutants,
  ...checkpointMutants,
  ...historyMutants,
  ...revisitMutants,
  ...walkMutants,
  ...httpMutants,
  ...recordMutants,
  ...detailMutants,
  ...detailSourceMutants,
  ...backfillMutants,
  ...awsMutants,
  ...commandMutants,
  ...statusMutants,
];

/** The mutant that this process is to run; undefined for the code as it is. @throws RangeError for a name that is none */
export function chosenMutant(name = process.env[MUTANT]): Mutant | undefined {
  if (name === undefined || name === '') return undefined;
  const mutant = mutants.find((other) => other.name === name);
  if (!mutant) throw new RangeError(`there is no mutant ${name}`);
  return mutant;
}

/** The source with the bug in it. @throws Error that names a mutant whose text does not stand there exactly once */
export function mutate(source: string, { name, file, find, replace }: Mutant): string {
  const places = source.split(find).length - 1;
  if (places !== 1) throw new Error(`the mutant ${name} finds its text ${places} times in ${file}, not once: ${find}`);
  return source.replace(find, () => replace);
}

/** The same of the file as it is now. */
export function mutatedFile(mutant: Mutant): string {
  return mutate(readFileSync(join(root, mutant.file), 'utf8'), mutant);
}
