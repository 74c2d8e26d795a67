import { parseInstant } from '../../../functions/engine/rows/instant.ts';

/** A conversation as the list keeps it; instants in epoch microseconds. */
export interface Conversation {
  readonly id: string;
  readonly createdUs: number;
  readonly updatedUs: number;
  /** Grows with every change, so that a test can tell which state it read. */
  readonly revision: number;
}

/** How a list prints its times. Whatever it prints, it compares in microseconds. */
export interface Rendering {
  /** `mixed`: other ones from time to time; `trimmed`: six, less the zeros at their end. */
  readonly digits: 0 | 3 | 6 | 'mixed' | 'trimmed';
  readonly offsetMinutes: number;
  /** What becomes of the digits that are not printed. Cut off unless told. */
  readonly rounding?: 'cut' | 'half up' | 'up';
}

/** How a list deviates from what is documented. */
export interface ListOptions {
  readonly rendering: Rendering;
  /** Longer pages are cut to this without a word. */
  readonly maxPerPage?: number;
  /** Gives rows that sort alike a new order on every request. */
  readonly shuffleTies?: () => number;
  readonly ignores?: readonly string[];
  readonly envelope?: 'without paging' | 'bare array';
  /** Names a next page behind the last one as well. */
  readonly alwaysNamesNext?: boolean;
}

type Query = Readonly<Record<string, string>>;

/** A list in memory that responds as Salesloft's does, for dialects to be tried against without a socket. */
export class SalesloftList {
  readonly #rows = new Map<string, Conversation>();
  readonly #options: ListOptions;
  /** Rows in order, by sort field and filters less the bound: they serve until a row changes. */
  readonly #sorted = new Map<string, readonly Conversation[]>();

  constructor(rows: readonly Conversation[], options: ListOptions) {
    for (const row of rows) this.#rows.set(row.id, row);
    this.#options = options;
  }

  get rows(): readonly Conversation[] {
    return [...this.#rows.values()];
  }

  /** Changes a row at an instant. */
  touch(id: string, updatedUs: number): void {
    const row = this.#rows.get(id);
    if (!row) throw new Error(`no conversation ${id}`);
    this.#rows.set(id, { ...row, updatedUs, revision: row.revision + 1 });
    this.#sorted.clear();
  }

  /** The body of the response to a query. */
  respond(asked: Query): unknown {
    const ignores = this.#options.ignores ?? [];
    const query = Object.fromEntries(Object.entries(asked).filter(([name]) => !ignores.includes(name)));
    const sortBy = query['sort_by'] === 'updated_at' ? 'updated_at' : 'created_at';
    const ascending = query['sort_direction'] === 'asc';
    const perPage = Math.min(Number(query['per_page'] ?? 25), this.#options.maxPerPage ?? 100);
    const page = Number(query['page'] ?? 1);

    const matching = this.#matching(query, sortBy, ascending);
    const start = matching.from + (page - 1) * perPage;
    const data = matching.rows.slice(start, start + perPage).map((row) => this.#printed(row));
    if (this.#options.envelope === 'bare array') return data;
    const count = matching.rows.length - matching.from;
    const paging = {
      per_page: perPage,
      current_page: page,
      next_page: this.#options.alwaysNamesNext || start + perPage < matching.rows.length ? page + 1 : null,
      prev_page: page > 1 ? page - 1 : null,
      ...(query['include_paging_counts'] === 'true' ? { total_count: count } : {}),
    };
    const sorting = { sort_by: sortBy, sort_direction: ascending ? 'ASC NULLS FIRST' : 'DESC NULLS LAST' };
    const filtering = Object.fromEntries(Object.entries(query).filter(([name]) => name.includes('[')));
    const metadata = { filtering, sorting, ...(this.#options.envelope === 'without paging' ? {} : { paging }) };
    return { metadata, data };
  }

  #matching(query: Query, sortBy: SortField, ascending: boolean): { rows: readonly Conversation[]; from: number } {
    const bound = ascending ? instantUs(query[`${sortBy}[gte]`], Number.NEGATIVE_INFINITY) : Number.NEGATIVE_INFINITY;
    const filters = FILTER_NAMES.filter((name) => !(ascending && name === `${sortBy}[gte]`));
    const name = [sortBy, ascending, ...filters.map((filter) => query[filter])].join(' ');
    const shuffle = this.#options.shuffleTies;
    const rows = (shuffle ? undefined : this.#sorted.get(name)) ?? this.#sort(query, filters, sortBy, ascending);
    this.#sorted.set(name, rows);
    return { rows, from: firstAtLeast(rows, sortBy, bound) };
  }

  #sort(query: Query, filters: readonly string[], sortBy: SortField, ascending: boolean): readonly Conversation[] {
    const places = new Map(this.rows.map(({ id }) => [id, this.#options.shuffleTies?.() ?? 0]));
    const order = (a: Conversation, b: Conversation) =>
      (ascending ? 1 : -1) * (usOf(a, sortBy) - usOf(b, sortBy)) ||
      (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0) ||
      (a.id < b.id ? -1 : 1);
    return this.rows.filter((row) => filters.every((filter) => passes(row, filter, query[filter]))).sort(order);
  }

  #printed({ id, createdUs, updatedUs, revision }: Conversation): unknown {
    const { rendering } = this.#options;
    const [created, updated] = [printInstant(createdUs, rendering), printInstant(updatedUs, rendering)];
    return { id, revision, created_at: created, updated_at: updated };
  }
}

type SortField = 'created_at' | 'updated_at';
const FILTER_NAMES = ['created_at[gte]', 'created_at[lt]', 'updated_at[gte]', 'updated_at[lt]'] as const;

function usOf(row: Conversation, field: SortField): number {
  return field === 'created_at' ? row.createdUs : row.updatedUs;
}

function passes(row: Conversation, filter: string, text: string | undefined): boolean {
  if (text === undefined) return true;
  const us = usOf(row, filter.startsWith('created_at') ? 'created_at' : 'updated_at');
  return filter.endsWith('[lt]') ? us < instantUs(text, 0) : us >= instantUs(text, 0);
}

function instantUs(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const us = parseInstant(JSON.stringify(text));
  if (us === undefined) throw new Error(`${text} would get a 500`);
  return us;
}

function firstAtLeast(rows: readonly Conversation[], field: SortField, bound: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row && usOf(row, field) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

const ROUNDING = { cut: Math.floor, 'half up': Math.round, up: Math.ceil } as const;

function printInstant(us: number, { digits, offsetMinutes, rounding = 'cut' }: Rendering): string {
  const printed =
    digits === 'mixed' ? (([0, 3, 6, 2] as const)[Math.floor(us / 7) % 4] ?? 6) : digits === 'trimmed' ? 6 : digits;
  const unit = 10 ** (6 - printed);
  const local = ROUNDING[rounding](us / unit) * unit + offsetMinutes * 60e6;
  const seconds = Math.floor(local / 1e6);
  const micros = String(local - seconds * 1e6)
    .padStart(6, '0')
    .slice(0, printed);
  const shown = digits === 'trimmed' ? micros.replace(/0+$/, '') : micros;
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}${shown && `.${shown}`}${offsetText(offsetMinutes)}`;
}

function offsetText(minutes: number): string {
  if (minutes === 0) return 'Z';
  const two = (number: number) => String(number).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}
