import { credentialHeaders, listUrl } from '../../simulator/client.ts';
import type { Scene } from '../run/scene.ts';

/**
 * Clients as they are commonly written, for controls: a test that shows convlake to lose nothing must show that these do.
 * They are wrong on purpose.
 */

/** Where a naive client reads. */
export interface NaiveTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The list of a scene's stream, with its credential. */
export function naiveTarget({ simulator, stream }: Pick<Scene, 'simulator' | 'stream'>): NaiveTarget {
  return { url: listUrl(simulator, stream), headers: credentialHeaders(simulator, stream) };
}

/** One row as such a client collects it. */
export interface NaiveRow {
  readonly key: string;
  readonly row: Readonly<Record<string, unknown>>;
}

async function getJson(target: NaiveTarget, query: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  const response = await fetch(`${target.url}?${new URLSearchParams(query)}`, { headers: target.headers });
  if (!response.ok) throw new Error(`the vendor responded with ${response.status}`);
  return (await response.json()) as Record<string, unknown>; // checked by the callers' reading
}

function rowsIn(page: Readonly<Record<string, unknown>>, name: string, key: string): readonly NaiveRow[] {
  const list = page[name];
  if (!Array.isArray(list)) throw new Error(`the page has no list called ${name}`);
  return list.map((row: Record<string, unknown>) => ({ key: String(row[key]), row }));
}

/**
 * Salesloft by page number: ascending `updated_at` after a fixed bound, page 1, 2, 3 until `next_page` is null. A row that
 * is updated meanwhile leaves its slot, every later row moves up, and the first of the next page is never read.
 */
export async function walkByPageNumber(
  target: NaiveTarget,
  from: { readonly after: string; readonly perPage?: number; readonly maxPages?: number },
): Promise<NaiveRow[]> {
  const { perPage = 100, maxPages = 10_000 } = from;
  const sort = {
    sort_by: 'updated_at',
    sort_direction: 'asc',
    per_page: String(perPage),
    'updated_at[gt]': from.after,
  };
  const rows: NaiveRow[] = [];
  for (let page = 1; page <= maxPages; page++) {
    const body = await getJson(target, { ...sort, page: String(page) });
    rows.push(...rowsIn(body, 'data', 'id'));
    const { paging } = body['metadata'] as { paging?: { next_page?: unknown } };
    if (!paging?.next_page) break;
  }
  return rows;
}

/**
 * Salesloft by key, as the vendor's own polling guide has it: strictly after the last row's `updated_at`, until a page is
 * short. Rows that share the last row's instant and fell on the next page are never read.
 */
export async function walkStrictlyAfter(
  target: NaiveTarget,
  from: { readonly after: string; readonly perPage?: number; readonly maxPages?: number },
): Promise<NaiveRow[]> {
  const { perPage = 100, maxPages = 10_000 } = from;
  const sort = { sort_by: 'updated_at', sort_direction: 'asc', per_page: String(perPage) };
  const rows: NaiveRow[] = [];
  let { after } = from;
  for (let page = 1; page <= maxPages; page++) {
    const found = rowsIn(await getJson(target, { ...sort, 'updated_at[gt]': after }), 'data', 'id');
    rows.push(...found);
    if (found.length < perPage) break;
    after = String(found.at(-1)?.row['updated_at']);
  }
  return rows;
}

/** How a vendor with page cursors phrases a walk. */
export interface NaiveCursorNames {
  /** The envelope's list, the row's key, and where the next cursor is: a name, or two. */
  readonly list: string;
  readonly key: string;
  readonly cursor: readonly [string] | readonly [string, string];
  readonly sizeParameter: string;
}

/** The names of Crescendo's, Voiceable's and ElevenLabs' envelopes. */
export const cursorNames = {
  crescendo: { list: 'data', key: 'ID', cursor: ['cursor', 'next'], sizeParameter: 'limit' },
  voiceable: { list: 'data', key: 'conversation_id', cursor: ['cursor'], sizeParameter: 'page_size' },
  elevenlabs: { list: 'conversations', key: 'conversation_id', cursor: ['next_cursor'], sizeParameter: 'page_size' },
} as const satisfies Readonly<Record<string, NaiveCursorNames>>;

/** By cursor, but taking a short page for the last one, though a cursor came with it. */
export async function walkUntilShortPage(
  target: NaiveTarget,
  names: NaiveCursorNames,
  from: { readonly query: Readonly<Record<string, string>>; readonly size: number; readonly resend: boolean },
): Promise<NaiveRow[]> {
  const size = { [names.sizeParameter]: String(from.size) };
  const rows: NaiveRow[] = [];
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? from.query : { ...(from.resend ? from.query : {}), cursor };
    const body = await getJson(target, { ...size, ...query });
    const found = rowsIn(body, names.list, names.key);
    rows.push(...found);
    if (found.length < from.size) break;
    const [outer, inner] = names.cursor;
    const next = inner === undefined ? body[outer] : (body[outer] as Record<string, unknown> | null)?.[inner];
    cursor = typeof next === 'string' ? next : undefined;
  } while (cursor !== undefined);
  return rows;
}
