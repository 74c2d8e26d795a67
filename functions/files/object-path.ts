import { lstat, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { ConvlakeError } from '../engine/errors.ts';
import type { Tag } from '../engine/ports.ts';
import { errnoOf, fileFailure } from './file-failure.ts';

/** What a file system says of a file, with nanoseconds. */
export type FileFacts = Awaited<ReturnType<typeof factsOf>>;

/**
 * The path of the object at `key`.
 * @throws ConvlakeError `object-corrupt` where the key or a symbolic link leads out of the lake, or into its own dot folders
 */
export async function objectPath(root: string, key: string): Promise<string> {
  const path = join(root, key);
  const inside = relative(root, path);
  if (!isBelow(inside) || inside.startsWith('.') || isAbsolute(key))
    throw notAnObject(key, 'its name leads out of the lake');
  for (let folder = dirname(path); folder !== root; folder = dirname(folder)) {
    const real = await realpathOf(folder);
    if (real === undefined) continue; // not there yet, so it is not a link either
    if (!isBelow(relative(root, real))) throw notAnObject(key, 'a symbolic link leads out of the lake');
    break;
  }
  return path;
}

/** What is at `path`; undefined only when certainly nothing is there. */
export async function objectFacts(path: string, key: string): Promise<NonNullable<FileFacts> | undefined> {
  const facts = await factsOf(path);
  if (facts && !facts.isFile()) throw notAnObject(key, 'it is not a file');
  return facts;
}

/** Tells one content of a file from the next, and a file from one that has taken its place. */
export function fileTag(facts: { ino: bigint; size: bigint; mtimeNs: bigint; ctimeNs: bigint }): Tag {
  return [facts.ino, facts.size, facts.mtimeNs, facts.ctimeNs].map((part) => part.toString(36)).join('-');
}

async function factsOf(path: string) {
  return lstat(path, { bigint: true }).catch(onlyAbsence(path));
}

async function realpathOf(path: string): Promise<string | undefined> {
  return realpath(path).catch(onlyAbsence(path));
}

/** ENOENT is the one certain absence; anything else taken for it would make an outage look like an empty lake. */
function onlyAbsence(path: string): (cause: unknown) => undefined {
  return (cause) => {
    if (errnoOf(cause) !== 'ENOENT') throw fileFailure(`look at ${path}`, cause);
  };
}

function isBelow(relativePath: string): boolean {
  return (
    relativePath !== '' && relativePath !== '..' && !relativePath.startsWith(`..${sep}`) && !isAbsolute(relativePath)
  );
}

function notAnObject(key: string, what: string): ConvlakeError {
  return new ConvlakeError(
    'object-corrupt',
    'stop-stream',
    `${key} cannot be an object: ${what}; move what is there aside`,
  );
}
