/** What a single request may take, and how often it is tried. */
export interface HttpLimits {
  /** To connect, TLS included. */
  readonly connectMs: number;
  /** From the request until the headers of the response. */
  readonly headersMs: number;
  /** Between two pieces of the body. */
  readonly bodyMs: number;
  /** From the request to the end of the body: a vendor that drips bytes keeps every other time-out content. */
  readonly responseMs: number;
  /** Size of a body after decompression. */
  readonly maxBytes: number;
  /** How often a page is tried in all; waits that the vendor names are not counted. */
  readonly tries: number;
  /** How many responses in a row, alike to the byte, prove that trying again does not help. */
  readonly alikeTries: number;
}

/** What holds unless settings say otherwise. */
export const DEFAULT_LIMITS: HttpLimits = {
  connectMs: 10_000,
  headersMs: 60_000,
  bodyMs: 60_000,
  responseMs: 5 * 60_000,
  maxBytes: 256 * 1024 * 1024,
  tries: 6,
  alikeTries: 3,
};

/** Redirects within the origin that one request follows. */
export const MAX_REDIRECTS = 3;

/** The share of the vendor's budget that is left to the tenant's other integrations unless settings say otherwise. */
export const DEFAULT_RESERVE = 0.2;
