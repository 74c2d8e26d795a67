import { breakLines } from '../layout.ts';

/** A request as a vendor's handler sees it. */
export interface ApiRequest {
  /** Counts from 1 per vendor. */
  readonly number: number;
  /** By the simulator's clock, epoch ms. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names are lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Requests of this vendor that are under way, this one included. */
  readonly underWay: number;
}

/** A vendor's response, before the server sends it. */
export interface VendorResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** What the request cost, where the vendor counts points. */
  readonly points?: number;
}

/** One vendor behind one server. */
export interface VendorApi {
  respond(request: ApiRequest): VendorResponse;
  /** The vendor's own error body for a status. */
  errorBody(status: number): string | Uint8Array;
  reset(): void;
}

/** An error response whose body is a JSON value. */
export function refuse(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): VendorResponse {
  return { status, headers, body: JSON.stringify(body) };
}

/**
 * An envelope around rows that are text already, or that become so one by one (a page of unwritten rows costs the garbage
 * collector as much as their making). `{rows}` stands in the compact JSON `frame` where the list belongs.
 * Null stands for no rows. Rows of a `crlf` page are broken into lines already.
 */
export function envelope(frame: string, rows: Iterable<string> | null, layout: 'compact' | 'crlf'): Uint8Array {
  if (rows === null) {
    const text = frame.replace('{rows}', 'null');
    return Buffer.from(layout === 'compact' ? text : breakLines(text, '\r\n'));
  }
  if (layout === 'compact') {
    const [before = '', after = ''] = frame.split('{rows}');
    return encode(`${before}[`, rows, ',', `]${after}`);
  }
  const broken = breakLines(frame.replace('{rows}', '"{rows}"'), '\r\n');
  const [before = '', after = ''] = broken.split('"{rows}"');
  return encode(`${before}[\r\n    `, rows, ',\r\n    ', `\r\n  ]${after}\r\n`);
}

/** An envelope around one value that is text already, and laid out. */
export function wrapped(frame: string, text: string, layout: 'compact' | 'crlf'): string {
  const around = layout === 'crlf' ? breakLines(frame.replace('{rows}', '"{rows}"'), '\r\n') : frame;
  return around.replace(layout === 'crlf' ? '"{rows}"' : '{rows}', () => text);
}

let scratch = Buffer.allocUnsafe(1 << 20);

/**
 * Row by row: one row beyond Latin-1 would make a joined page a two-byte string, which costs the server a quarter of its
 * speed (measured: 24 against 17 microseconds a row).
 */
function encode(before: string, rows: Iterable<string>, separator: string, after: string): Uint8Array {
  let length = scratch.write(before);
  const start = length;
  for (const row of rows) {
    const most = 3 * (row.length + separator.length + after.length);
    if (length + most > scratch.length) scratch = Buffer.concat([scratch], 2 * scratch.length + most);
    if (length > start) length += scratch.write(separator, length);
    length += scratch.write(row, length);
  }
  length += scratch.write(after, length);
  return Buffer.from(scratch.subarray(0, length));
}

/** True while the clock is in a span of empty responses. */
export function isEmptyNow(spans: readonly { readonly from: number; readonly to: number }[], at: number): boolean {
  return spans.some((span) => span.from <= at && at < span.to);
}

/** Whether the request carries the credential after `scheme` in the header. */
export function carries(request: ApiRequest, header: string, scheme: string, apiKey: string): boolean {
  return request.headers[header] === `${scheme}${apiKey}`;
}
