import type { StreamConfiguration } from './configuration/configuration.ts';

/** Names that the stack writes into its functions' environment and the functions read. */
export const Env = {
  /** Deployment name, as in the configuration. */
  stage: 'STAGE',
  lakeBucket: 'LAKE_BUCKET',
  /** The AWS account that the bucket belongs to. */
  lakeOwner: 'LAKE_OWNER',
  /** Key prefix of the lake inside the bucket, without a slash at either end; may be empty. */
  lakePrefix: 'LAKE_PREFIX',
  /** The bucket of what passes between the steps of a backfill. */
  backfillBucket: 'BACKFILL_BUCKET',
  /** The AWS account that this bucket belongs to. */
  backfillOwner: 'BACKFILL_OWNER',
  /** Where a run's summary event goes. */
  eventBus: 'EVENT_BUS',
  /** Level of gzip, 1 to 9. */
  gzipLevel: 'GZIP_LEVEL',
} as const;

/**
 * The identifier that the bundler replaces by the function's own configuration: the resolved stream configurations of its source,
 * as JSON text. It is checked at synth, so the function neither needs the schema nor can be changed from outside.
 */
export const CONFIGURATION_IDENTIFIER = 'CONVLAKE_STREAMS';

/** What a function carries of each stream and tenant: the resolved configuration, with a credential that AWS can hand out. */
export type DeployedStream = Omit<StreamConfiguration, 'credential'> & {
  readonly credential: { readonly kind: 'secret' | 'ssm'; readonly name: string; readonly label: string };
};

/** How often a run that is out of time may invoke itself again before it leaves the rest to the next schedule. */
export const MOST_HOPS = 200;
