/** What an AWS client needs of the machine that it runs on, and does not find there. */
export interface Unset {
  /** What was seen, for the brackets of a message. */
  readonly seen: string;
  /** What is wrong and what to do. */
  readonly toFix: string;
}

const NO_REGION: Unset = {
  seen: 'no region',
  toFix: 'no AWS region is set: set AWS_REGION, or the region of the profile',
};

/** What the SDK lacks, where that is why a call was never made; undefined for every other error. */
export function unset(error: unknown): Unset | undefined {
  if (!(error instanceof Error)) return undefined;
  // @smithy/config-resolver throws an Error that has no name of its own.
  if (error.message === 'Region is missing') return NO_REGION;
  if (error.name !== 'CredentialsProviderError') return undefined;
  return { seen: error.name, toFix: 'there are no AWS credentials: log in, or set AWS_PROFILE' };
}
