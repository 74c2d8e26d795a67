import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where copies of what lies in a bucket are kept for this user, as the XDG Base Directory Specification has it. */
export function cacheFolder(environment: NodeJS.ProcessEnv): string {
  return userFolderOf(environment['XDG_CACHE_HOME'], '.cache');
}

/** Where what this user has typed is kept. */
export function stateFolder(environment: NodeJS.ProcessEnv): string {
  return userFolderOf(environment['XDG_STATE_HOME'], join('.local', 'state'));
}

/** A relative path is to be ignored, says the specification. */
function userFolderOf(set: string | undefined, byDefault: string): string {
  const base = set !== undefined && isAbsolute(set) ? set : join(homedir(), byDefault);
  return join(base, 'convlake');
}
