/**
 * The configuration as the rest of the project gets it, with every default filled in, and what may be wrong with one.
 */

import type { StreamDefinition, VolatilePath } from '../streams.ts';

/** One thing that is wrong with a configuration. */
export interface Problem {
  /** Where it is, such as `streams[2].tenant`; `configuration` for the whole. */
  readonly path: string;
  /** What was seen, what is allowed, and the fix. Never a credential. */
  readonly message: string;
}

/** A configuration that has no problems, with every default filled in. */
export interface Configuration {
  readonly stage: string;
  /** A folder on this machine, as it was written (the command line reads it as lying beside the configuration's file); or `s3://bucket/prefix`, without a slash at the end. */
  readonly lake: string;
  /** At least one; no stream and tenant twice. In the order written. */
  readonly streams: readonly StreamConfiguration[];
}

/** One stream of one tenant. Durations and instants are milliseconds on whole seconds. */
export interface StreamConfiguration {
  readonly definition: StreamDefinition;
  readonly tenant: string;
  /** Where the credential is: an environment variable, a secret's name or ARN, or an SSM parameter; `label` names it in messages. */
  readonly credential: { readonly kind: 'env' | 'secret' | 'ssm'; readonly name: string; readonly label: string };
  /** Scheme, host and prefix, without a slash at the end. */
  readonly baseUrl: string;
  /** Follows the base URL: the tenant filled in, percent-encoded. */
  readonly path: string;
  /** The header (lower case) that carries the credential, and what stands before it. */
  readonly authHeader: { readonly header: string; readonly scheme: string };
  /** The first export begins here. */
  readonly startMs: number;
  readonly everyMs: number;
  readonly lookbackMs: number;
  /** The daily re-read at `HH:MM` in `timeZone`; it reaches at least as far as `lookbackMs`. */
  readonly deep: { readonly at: string; readonly lookbackMs: number };
  readonly timeZone: string;
  readonly settleMs: number;
  /** The longest span read in one walk: 1 minute to 1 day. */
  readonly windowMs: number;
  readonly concurrency: number;
  readonly pageSize: number;
  /** Ids whose results rows are to have, sorted; ElevenLabs sends none without them. */
  readonly dataCollectionIds?: readonly string[];
  readonly evaluationCriteriaIds?: readonly string[];
  /** Fields that change without the row having changed: the catalogue's and the configuration's. Absent where there are none. */
  readonly volatile?: readonly VolatilePath[];
  /** Details that are held and that the vendor has erased stay; else they are erased here too. */
  readonly onVendorErasure?: 'follow' | 'keep';
  /** The share of the vendor's budget that is left to others, 0 to 0.9. */
  readonly reserve: number;
  /** `single`: every object is one gzip member, for readers that know no more; `members`: several, of which a change packs few again. */
  readonly gzip: 'members' | 'single';
  /**
   * The first UTC date that the stream's table shows, `YYYY-MM-DD`; the same for all tenants of a stream, who share its table.
   * Rows of earlier dates are in the lake and not in the table.
   */
  readonly tableFrom: string;
  readonly enabled: boolean;
}
