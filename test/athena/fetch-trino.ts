import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, trinoVersion } from './prerequisites.ts';

const name = `trino-server-${trinoVersion}`;

/** Where Trino lies once it was fetched. */
export const trinoFolder = join(cacheFolder, name);

/** True when nothing needs to be fetched. */
export function isFetched(): boolean {
  return existsSync(join(trinoFolder, 'bin', 'launcher'));
}

/** Fetches Trino through Maven: 820 MB. The folder appears whole or not at all. @throws Error where Maven or tar fails */
export function fetchTrino(): void {
  mkdirSync(cacheFolder, { recursive: true });
  const folder = mkdtempSync(join(cacheFolder, 'fetching-'));
  try {
    const artifact = `-Dartifact=io.trino:trino-server:${trinoVersion}:tar.gz`;
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';
    const quiet = ['-B', '-q', '--no-transfer-progress'];
    execFileSync('mvn', [...quiet, goal, artifact, `-DoutputDirectory=${folder}`], { stdio: 'inherit', cwd: folder });
    execFileSync('tar', ['xzf', `${name}.tar.gz`], { stdio: 'inherit', cwd: folder });
    renameSync(join(folder, name), trinoFolder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
