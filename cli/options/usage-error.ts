import type { Problem } from '../../contract/configuration/configuration.ts';

/** Wrong usage or configuration: everything that is wrong, at once. Nothing was read or written then. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
    this.problems = problems;
  }
}
