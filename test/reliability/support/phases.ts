import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { streamDefinition } from '../../../contract/streams.ts';
import type { Scene } from '../../support/run/scene.ts';
import { checkpointPath } from './watermark.ts';

/** How far a run had got when it was killed. */
export const PHASES = [
  'nothing written',
  'rows in a spool',
  'new object in .tmp',
  'object renamed',
  'checkpoint written',
] as const;

export type Phase = (typeof PHASES)[number];

/** Notes what is in the lake now; the function it returns says what a process (stopped, so that it stays so) has done since. */
export function notePhase(scene: Scene): (pid: number) => Phase {
  const { lake, stream } = scene;
  const { table } = streamDefinition(stream);
  const checkpoint = checkpointPath(scene);
  const objects = () => list(join(lake, table)).map((name) => identity(join(lake, table, name)));
  const checkpointBefore = identity(checkpoint);
  const objectsBefore = new Set(objects());
  return (pid) => {
    if (identity(checkpoint) !== checkpointBefore) return 'checkpoint written';
    if (filesOf(pid, lake).some((file) => !isPrivate(file))) return 'new object in .tmp';
    if (hasSpool(pid, lake)) return 'rows in a spool';
    return objects().some((object) => !objectsBefore.has(object)) ? 'object renamed' : 'nothing written';
  };
}

/** True where the open files of a process can be seen. */
export const hasProc = list('/proc/self/fd').length > 0;

/** What a process has in the lake's temporary folder. */
function filesOf(pid: number, lake: string): readonly string[] {
  const folder = join(lake, '.tmp');
  return list(folder).flatMap((name) => (name.includes(`-${pid}-`) && name.includes('/') ? [join(folder, name)] : []));
}

/** A spool is its owner's alone; what becomes an object is for all who may read the lake. */
function isPrivate(path: string): boolean {
  return orElse(() => (lstatSync(path).mode & 0o077) === 0, false);
}

/** A spool's file is about to lose its name, or has none any more, but is open. */
function hasSpool(pid: number, lake: string): boolean {
  if (filesOf(pid, lake).some(isPrivate)) return true;
  const open = list(`/proc/${pid}/fd`).map((name) => linkAt(`/proc/${pid}/fd/${name}`));
  return open.some((target) => target.startsWith(join(lake, '.tmp')) && target.endsWith('(deleted)'));
}

function list(folder: string): readonly string[] {
  return orElse(() => readdirSync(folder, { recursive: !folder.startsWith('/proc') }).map(String), []);
}

function linkAt(path: string): string {
  return orElse(() => readlinkSync(path), '');
}

function identity(path: string): string {
  return orElse(() => {
    const facts = lstatSync(path);
    return facts.isFile() ? `${path} ${facts.ino} ${facts.mtimeMs}` : '';
  }, '');
}

/** What is not there any more is nothing. */
function orElse<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
