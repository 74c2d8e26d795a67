import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { hasMoto } from '../support/aws/moto.ts';

/** Athena's engine version 3 follows Trino; this release is the nearest that Maven's central repository holds. */
export const trinoVersion = '476';

/** Trino 476 wants this Java or a newer one. */
const LEAST_JAVA = 24;

/** Where Trino is kept between runs: 1.7 GB, outside the repository. */
export const cacheFolder = process.env['CONVLAKE_CACHE'] ?? join(homedir(), '.cache', 'convlake');

/** The home of a Java that is new enough; undefined where this machine has none. */
export function findJava(): string | undefined {
  const named = process.env['JAVA_HOME'];
  const installed = ['/usr/lib/jvm', '/opt', '/Library/Java/JavaVirtualMachines'].flatMap((folder) =>
    namesIn(folder).flatMap((name) => [join(folder, name), join(folder, name, 'Contents', 'Home')]),
  );
  return [...(named ? [named] : []), ...installed].find((home) => javaVersion(home) >= LEAST_JAVA);
}

/** What this machine lacks to run the test, as sentences; none where it can run. */
export function missing(isCached: boolean): readonly string[] {
  return [
    ...(findJava() ? [] : [`no Java of version ${LEAST_JAVA} or newer in JAVA_HOME, /usr/lib/jvm or /opt`]),
    ...(hasMoto ? [] : ['no moto_server on PATH (the Python package moto with its server extra)']),
    ...(isCached || runs('mvn', '--version') ? [] : [`no mvn on PATH to fetch Trino ${trinoVersion} with`]),
  ];
}

function javaVersion(home: string): number {
  const { stderr } = spawnSync(join(home, 'bin', 'java'), ['-version'], { encoding: 'utf8' });
  return Number(/version "(\d+)/.exec(stderr ?? '')?.[1] ?? 0);
}

function runs(program: string, argument: string): boolean {
  return spawnSync(program, [argument]).status === 0;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not every system has every folder
  }
}
