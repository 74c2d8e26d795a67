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
  /** For the body of a refusal, in all: its status and headers are the response, and nothing waits long for the rest. */
  readonly refusalBodyMs: number;
  /** Names and values of the response's headers. */
  readonly headerBytes: number;
  /** Size of a body after decompression. */
  readonly maxBytes: number;
  /** How often a page is tried in all; refusals of a busy vendor are not counted. */
  readonly tries: number;
  /** The same of a request about one row, whose window goes on without it; where the way there fails, `tries`. */
  readonly rowTries: number;
  /** How long a busy vendor is borne for one page where it names no wait: the sum of the waits between tries. */
  readonly busyMs: number;
  /** How many responses in a row, alike to the byte, prove that trying again does not help. */
  readonly alikeTries: number;
}

/** What holds unless settings say otherwise. */
export const DEFAULT_LIMITS: HttpLimits = {
  connectMs: 10_000,
  headersMs: 60_000,
  bodyMs: 60_000,
  responseMs: 5 * 60_000,
  refusalBodyMs: 5000,
  // A policy of 64 KB in one header, as some content management systems send, and room for the others. Node's own default is 16 KB.
  headerBytes: 80 * 1024,
  maxBytes: 256 * 1024 * 1024,
  tries: 6,
  rowTries: 3,
  busyMs: 15 * 60_000,
  alikeTries: 3,
};

/** Redirects within the origin that one request follows. */
export const MAX_REDIRECTS = 3;

/** What bodies that are being read may hold together, bytes. */
export const BODIES_BYTES = 64 * 1024 * 1024;

/** The share of the vendor's budget that is left to the tenant's other integrations unless settings say otherwise. */
export const DEFAULT_RESERVE = 0.2;
