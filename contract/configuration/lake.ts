import type { Reading } from './setting.ts';
import { shown } from './wording.ts';

/** What to write as a lake. */
export const LAKE_FIX = 'write a folder, such as "./lake", or "s3://bucket/prefix"';

/** A folder as it was written, or `s3://bucket/prefix` without a slash at the end. */
export function readLake(written: string): Reading<string> {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(written)?.[1]?.toLowerCase();
  if (scheme === 's3') return readBucketLake(written);
  if (scheme !== undefined) return { refused: `${shown(`${scheme}:`)} is not a kind of lake; ${LAKE_FIX}` };
  if (written.trim() === '') return { refused: `is blank; ${LAKE_FIX}` };
  if (/^~(?:\/|$)/.test(written)) return { refused: `"~" is taken as it stands, not as your home; ${LAKE_FIX}` };
  if (/\p{Cc}/u.test(written)) return { refused: `holds a control character; ${LAKE_FIX}` };
  if (isRoot(written)) return { refused: `${shown(written)} is the root of the file system; ${LAKE_FIX}` };
  return { value: written };
}

/** A prefix is part of keys, of policies and of tables' locations, so it has the characters that all of them take as they are. */
function readBucketLake(written: string): Reading<string> {
  const trimmed = written.replace(/\/+$/, '');
  const isLake = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[A-Za-z0-9._=-]+)*$/.test(trimmed);
  if (isLake && !/\/\.{1,2}(?:\/|$)/.test(trimmed)) return { value: trimmed };
  const fix =
    'write "s3://bucket/prefix", the bucket in lower case, the prefix of letters, digits and "._=-" between slashes';
  return { refused: `${shown(written)} does not name a bucket and a prefix; ${fix}` };
}

/** Whether an absolute path leads to `/`, as `/lake/..` does. */
function isRoot(folder: string): boolean {
  let depth = 0;
  for (const part of folder.split('/')) {
    if (part === '..') depth = Math.max(0, depth - 1);
    else if (part !== '' && part !== '.') depth += 1;
  }
  return folder.startsWith('/') && depth === 0;
}
