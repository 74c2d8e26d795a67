import type { Details } from '../details/details.ts';
import { detailKnobs, type SalesloftKnobs } from '../world/knobs.ts';
import { envelope, refuse, type VendorResponse, wrapped } from './api.ts';

/** Salesloft's error body. */
export function error(status: number): VendorResponse {
  if (status === 500) return refuse(500, { status: 500, error: 'Internal Server Error' });
  if (status === 429) return refuse(429, { error: 'API rate limit exceeded' });
  if (status === 404) return refuse(404, { error: 'Resource not found' });
  return refuse(status, { error: `simulated failure ${status}` });
}

/** All of one conversation, in `{data}`. */
export function extensive(details: Details, id: string, { layout }: SalesloftKnobs): VendorResponse {
  const { status, text } = details.answer(decodeURIComponent(id), 1);
  return text === undefined ? error(status) : { status: 200, body: wrapped('{"data":{rows}}', text, layout) };
}

/** Pages of the sentences of one transcription, in their order: it takes no sort. */
export function sentences(
  details: Details,
  id: string,
  query: URLSearchParams,
  { layout, nextPage, noRows, details: turned }: SalesloftKnobs,
): VendorResponse {
  const { ignoresPaging } = detailKnobs(turned);
  const page = Math.max(1, wholeNumber(query.get('page'), 1));
  const perPage = ignoresPaging ? 25 : Math.min(100, Math.max(1, wholeNumber(query.get('per_page'), 25)));
  const { status, parts } = details.answer(decodeURIComponent(id), page);
  if (parts === undefined) return error(status);
  const follows = nextPage === 'always' || parts.length > page * perPage;
  const paging = {
    per_page: perPage,
    current_page: page,
    next_page: follows ? page + 1 : null,
    prev_page: page > 1 ? page - 1 : null,
    ...(query.get('include_paging_counts') === 'true' && { total_count: parts.length }),
  };
  const rows = parts.slice((page - 1) * perPage, page * perPage);
  const isNull = noRows === 'null' && rows.length === 0 && !follows;
  const sorting = { sort_by: 'order_number', sort_direction: 'ASC NULLS FIRST' };
  const frame = `{"metadata":${JSON.stringify({ filtering: {}, paging, sorting })},"data":{rows}}`;
  return { status: 200, body: envelope(frame, isNull ? null : rows, layout) };
}

/** Numbers that are none, or out of range, are put right without a word. */
export function wholeNumber(text: string | null, otherwise: number): number {
  return text !== null && /^-?\d+$/.test(text) ? Number(text) : otherwise;
}
