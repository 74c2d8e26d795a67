import { instantUs } from '../rows/instants.ts';
import { wholeNumber } from './salesloft-details.ts';

/** What Salesloft makes of a query: unknown names are dropped, numbers out of range are put right, both without a word. */
export interface SalesloftQuery {
  readonly page: number;
  readonly perPage: number;
  readonly sortBy: 'created_at' | 'updated_at' | 'duration';
  readonly ascending: boolean;
  readonly counts: boolean;
  /** Half-open bounds in epoch microseconds. */
  readonly created: Bounds;
  readonly updated: Bounds;
  /** Tests on the row's own fields; empty when nothing of the kind was asked. */
  readonly tests: readonly ((row: Readonly<Record<string, unknown>>) => boolean)[];
  /** The `filtering` echo. */
  readonly filtering: Readonly<Record<string, unknown>>;
}

export interface Bounds {
  readonly fromUs: number;
  readonly toUs: number;
}

/** A query that is refused, with the vendor's status. */
export interface Refusal {
  readonly status: 422 | 500;
  readonly field: string;
}

const unbounded: Bounds = { fromUs: -Infinity, toUs: Infinity };
const OPERATORS = ['gt', 'gte', 'lt', 'lte'] as const;
const EQUALS = ['language_code', 'platform', 'media_type', 'title'] as const;
const lists: Readonly<Record<string, string>> = { ids: 'id', owner_ids: 'owner_id', user_guids: 'user_guid' };
const linked: Readonly<Record<string, string>> = { account_ids: 'account', person_ids: 'person' };

function narrowed(bounds: Bounds, operator: (typeof OPERATORS)[number], us: number): Bounds {
  if (operator === 'gt') return { ...bounds, fromUs: Math.max(bounds.fromUs, us + 1) };
  if (operator === 'gte') return { ...bounds, fromUs: Math.max(bounds.fromUs, us) };
  return { ...bounds, toUs: Math.min(bounds.toUs, operator === 'lt' ? us : us + 1) };
}

/** Reads a query as documented, with the refusals that were seen: 500 for a malformed date, 422 for a bad sort or value. */
export function readSalesloftQuery(query: URLSearchParams): SalesloftQuery | Refusal {
  const filtering: Record<string, unknown> = {};
  const tests: ((row: Readonly<Record<string, unknown>>) => boolean)[] = [];
  const spans = { created_at: unbounded, updated_at: unbounded };
  for (const field of ['created_at', 'updated_at', 'duration'] as const) {
    for (const operator of OPERATORS) {
      const text = query.get(`${field}[${operator}]`);
      if (text === null) continue;
      const value = field === 'duration' ? Number(text) : instantUs(text);
      if (value === undefined) return { status: 500, field };
      if (Number.isNaN(value)) return { status: 422, field };
      filtering[field] = { ...(filtering[field] as object | undefined), [operator]: text };
      if (field === 'duration') {
        const bounds = narrowed(unbounded, operator, value);
        tests.push((row) => Number(row['duration']) >= bounds.fromUs && Number(row['duration']) < bounds.toUs);
      } else spans[field] = narrowed(spans[field], operator, value);
    }
  }
  const prefix = query.get('title[_starts_with]');
  if (prefix !== null) {
    if (prefix.length < 3) return { status: 422, field: 'title' };
    filtering['title'] = { _starts_with: prefix };
    tests.push((row) => String(row['title']).toLowerCase().startsWith(prefix.toLowerCase()));
  }
  for (const field of EQUALS) {
    const value = query.get(field);
    if (value === null) continue;
    filtering[field] = value;
    tests.push((row) => row[field] === value);
  }
  const isApi = query.get('is_api');
  if (isApi !== null && isApi !== 'true' && isApi !== 'false') return { status: 422, field: 'is_api' };
  if (isApi !== null) {
    filtering['is_api'] = isApi === 'true';
    tests.push((row) => row['is_api'] === (isApi === 'true'));
  }
  for (const [name, field] of [...Object.entries(lists), ...Object.entries(linked)]) {
    const asked = [...query.getAll(name), ...query.getAll(`${name}[]`)].flatMap((value) => value.split(','));
    if (asked.length === 0) continue;
    filtering[name] = asked;
    tests.push((row) => asked.includes(name in linked ? idOf(row[field]) : String(row[field])));
  }
  const sortBy = query.get('sort_by') ?? 'created_at';
  const direction = (query.get('sort_direction') ?? 'desc').toLowerCase();
  if (sortBy !== 'created_at' && sortBy !== 'updated_at' && sortBy !== 'duration')
    return { status: 422, field: 'sort_by' };
  if (direction !== 'asc' && direction !== 'desc') return { status: 422, field: 'sort_direction' };
  return {
    page: Math.max(1, wholeNumber(query.get('page'), 1)),
    perPage: Math.min(100, Math.max(1, wholeNumber(query.get('per_page'), 25))),
    sortBy,
    ascending: direction === 'asc',
    counts: query.get('include_paging_counts') === 'true',
    created: spans.created_at,
    updated: spans.updated_at,
    tests,
    filtering,
  };
}

function idOf(reference: unknown): string {
  return typeof reference === 'object' && reference !== null && 'id' in reference ? String(reference.id) : '';
}
