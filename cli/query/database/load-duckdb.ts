import { createRequire } from 'node:module';
import type * as duckdb from '@duckdb/node-api';
import packageJson from '../../../package.json' with { type: 'json' };
import { QueryError } from '../query-error.ts';

/** DuckDB's own client for Node.js. */
export type Duckdb = typeof duckdb;

const PACKAGE = '@duckdb/node-api';

/**
 * Loads DuckDB, which is 70 MB of machine code and no part of an export: it is an optional dependency, and nothing else loads it.
 * @throws QueryError that says how to install it
 */
export async function loadDuckdb(): Promise<Duckdb> {
  try {
    return await import('@duckdb/node-api');
  } catch (cause) {
    const { [PACKAGE]: version } = packageJson.optionalDependencies;
    throw new QueryError(
      `query needs DuckDB, which ${isInstalled() ? 'does not load' : 'is not installed'} here; install it with: npm install ${PACKAGE}@${version}`,
      { cause },
    );
  }
}

/** Its binary may be missing though the package is there, on a platform that has none. */
function isInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve(PACKAGE);
    return true;
  } catch {
    return false;
  }
}
