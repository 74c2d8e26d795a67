import type { Provenance, Tag } from '../../engine/ports.ts';

/** When a write may take place; otherwise S3 returns 412 (404 for an `IfMatch` without an object). */
export type Condition = { readonly IfMatch: Tag } | { readonly IfNoneMatch: '*' };

/** The condition that the object is still the one that has the tag; undefined: that there is none. */
export function conditionOf(expected: Tag | undefined): Condition {
  return expected === undefined ? { IfNoneMatch: '*' } : { IfMatch: expected };
}

/** What S3 says of what it wrote. */
export interface Written {
  readonly ETag?: string | undefined;
  readonly VersionId?: string | undefined;
}

/** What is kept with an object. */
export interface Headers {
  readonly ContentType: string;
  readonly Metadata: Readonly<Record<string, string>>;
}

/** The name under which a commit's id is kept; S3 gives names back in lower case. */
export const COMMIT_ID = 'commit-id';

/**
 * Says what an object is and where it came from. No ContentEncoding: with one, some clients unpack the object on the way,
 * and a reader that goes by the name `.gz` then fails.
 */
export function headersOf({ commitId, runId, rows }: Provenance, version: string): Headers {
  return {
    ContentType: 'application/x-ndjson',
    Metadata: { [COMMIT_ID]: commitId, 'run-id': runId, rows: String(rows), 'convlake-version': version },
  };
}
