import { type StreamName, streamDefinition } from '../../contract/streams.ts';
import type { Simulator } from './simulator.ts';

/** A response of the simulator, for tests that look at the wire. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body parsed; undefined where it is not a JSON object. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** The address of a stream's list. */
export function listUrl(simulator: Simulator, stream: StreamName): string {
  return simulator.baseUrl(stream) + streamDefinition(stream).path.replace('{tenant}', simulator.tenant);
}

/** The headers that carry the credential. */
export function credentialHeaders(simulator: Simulator, stream: StreamName): Record<string, string> {
  const { header, scheme } = streamDefinition(stream).auth;
  return { [header]: scheme + simulator.apiKey };
}

/** Asks a stream's list once. A path that begins with a slash is appended to the list's. */
export async function ask(
  simulator: Simulator,
  stream: StreamName,
  query: Readonly<Record<string, string>> = {},
  how: {
    readonly path?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly redirect?: 'manual';
  } = {},
): Promise<RawResponse> {
  const url = `${listUrl(simulator, stream)}${how.path ?? ''}?${new URLSearchParams(query)}`;
  const headers = how.headers ?? credentialHeaders(simulator, stream);
  const response = await fetch(url, { headers, ...(how.redirect ? { redirect: how.redirect } : {}) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** The rows of a page. @throws Error when there is no list */
export function rowsOf(response: RawResponse): readonly Readonly<Record<string, unknown>>[] {
  const list = Array.isArray(response.body)
    ? response.body
    : (response.body?.['data'] ?? response.body?.['conversations']);
  if (!Array.isArray(list)) throw new Error(`no rows in a response with status ${response.status}`);
  return list;
}

/** The cursor to the next page, wherever the vendor puts it; undefined where there is none. */
export function cursorOf(response: RawResponse): string | undefined {
  const cursor = response.body?.['next_cursor'] ?? response.body?.['cursor'];
  const next = typeof cursor === 'object' && cursor !== null && 'next' in cursor ? cursor.next : cursor;
  return typeof next === 'string' ? next : undefined;
}

/** All pages from a first query, cursor by cursor. Crescendo wants the cursor alone, the others the filters with it. */
export async function walk(
  simulator: Simulator,
  stream: StreamName,
  query: Readonly<Record<string, string>>,
): Promise<RawResponse[]> {
  const pages = [await ask(simulator, stream, query)];
  const kept = stream.startsWith('crescendo') ? { limit: query['limit'] ?? '1000' } : query;
  for (let cursor = cursorOf(pages[0] as RawResponse); cursor !== undefined && pages.length < 10_000; ) {
    const page = await ask(simulator, stream, { ...kept, cursor });
    pages.push(page);
    cursor = cursorOf(page);
  }
  return pages;
}
