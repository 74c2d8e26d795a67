import {
  type Envelope,
  envelopeObject,
  ignored,
  type JsonObject,
  objectAt,
  refuseNullRows,
  unexpected,
} from '../envelope.ts';
import { refuseToldError, type SafeCodes } from '../told-error.ts';
import { type Field, type Step, sortField } from './step.ts';
import { earliestMicros, type Timestamp, tooLateMicros } from './timestamp.ts';

/** The name of the rows array. */
export const ROWS_UNDER = ['data'];
/** Its errors have no codes but those of HTTP. */
export const SAFE_CODES: SafeCodes = new Set();

/** What a response says of its own position in the list. */
export interface Paging {
  /**
   * Rows of a full page. The vendor lowers a `per_page` it does not like without a word, so only its echo counts; undefined
   * where there is none.
   */
  readonly perPage: number | undefined;
  /** The vendor's only sign that more rows follow. */
  readonly nextPage: boolean;
  /** How many rows the filters match, where it was asked for and given. */
  readonly totalCount: number | undefined;
}

/** A row as the walk sees it: the instants of the walk's fields, in their order. */
export type Instants = readonly (Timestamp | undefined)[];

const unsaid: Paging = { perPage: undefined, nextPage: false, totalCount: undefined };

/**
 * Holds the echo in `metadata` against what was asked. Salesloft ignores parameters that it does not know and responds with 200,
 * sorted by its default and unfiltered. A bare array, which its reference pages print, echoes nothing: there the rows alone
 * are the proof.
 * @throws ConvlakeError `body-unexpected`, `filter-ignored`
 */
export function checkEcho(envelope: Envelope, step: Step, rows: number): Paging {
  if (Array.isArray(envelope.value)) return unsaid;
  const fields = envelopeObject(envelope);
  refuseToldError(envelope, fields, rows, SAFE_CODES);
  const metadata = objectAt(envelope, 'metadata', fields['metadata']);
  checkSorting(envelope, objectAt(envelope, 'metadata.sorting', metadata['sorting']), sortField(step));
  const filtering = metadata['filtering'] ?? undefined;
  if (filtering !== undefined) checkFiltering(envelope, objectAt(envelope, 'metadata.filtering', filtering), step);
  const paging = metadata['paging'] ?? undefined;
  // Some v2 endpoints leave paging out altogether.
  const read =
    paging === undefined ? unsaid : readPaging(envelope, objectAt(envelope, 'metadata.paging', paging), step);
  refuseNullRows(envelope, ROWS_UNDER, paging !== undefined && !read.nextPage);
  return read;
}

function checkSorting(envelope: Envelope, sorting: JsonObject, field: Field): void {
  const { sort_by: sortBy, sort_direction: direction } = sorting;
  if (sortBy !== field) throw ignored(envelope, `asked for sort_by=${field}, but metadata.sorting names another field`);
  // The echo adds where nulls go: "ASC NULLS FIRST".
  if (typeof direction !== 'string' || !/^asc\b/i.test(direction)) {
    throw ignored(envelope, 'asked for sort_direction=asc, but metadata.sorting says otherwise');
  }
}

/** How operators are echoed is not documented (`{updated_at: {gte}}`, `{"updated_at[gte]"}`); the field's name is in either. */
function checkFiltering(envelope: Envelope, filtering: JsonObject, step: Step): void {
  const names = Object.keys(filtering);
  const asked = step.by === 'key' && !step.bound ? step.ties.length : step.ties.length + 1;
  for (const field of step.walk.fields.slice(0, asked)) {
    if (!names.some((name) => name === field || name.startsWith(`${field}[`))) {
      throw ignored(envelope, `asked for rows by ${field}, but metadata.filtering does not name it`);
    }
  }
}

function readPaging(envelope: Envelope, paging: JsonObject, step: Step): Paging {
  const { per_page: perPage, current_page: page, next_page: nextPage, total_count: totalCount } = paging;
  if (nextPage !== null && typeof nextPage !== 'number') {
    throw unexpected(envelope, 'metadata.paging.next_page', 'a number or null', nextPage);
  }
  if (typeof page === 'number' && page !== step.page) {
    throw ignored(envelope, `asked for page ${step.page}, but metadata.paging says that this is page ${page}`);
  }
  return {
    perPage: isCount(perPage) && perPage > 0 ? perPage : undefined,
    nextPage: nextPage !== null,
    totalCount: isCount(totalCount) ? totalCount : undefined,
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

/**
 * Holds the rows themselves against what was asked: within the ties, none below the bound, ascending.
 * @throws ConvlakeError `filter-ignored`
 */
export function checkRows(envelope: Envelope, step: Step, rows: readonly Instants[]): void {
  for (const [index, tie] of step.ties.entries()) {
    const outside = rows.findIndex((instants) => !isWithin(instants[index], tie.from, tie.to));
    if (outside >= 0)
      throw ignored(envelope, `row ${outside + 1} lies outside the ${step.walk.fields[index]} asked for`);
  }

  const field = sortField(step);
  const index = step.walk.fields.indexOf(field);
  // Printed digits may be cut or rounded: only what cannot be in order in any way is out of order.
  let floor = step.by === 'key' && step.bound ? step.bound.micros : Number.NEGATIVE_INFINITY;
  for (const [position, instants] of rows.entries()) {
    const instant = instants[index];
    if (!instant) continue;
    if (tooLateMicros(instant) <= floor) {
      const what = position === 0 ? `the ${field} asked for` : `the ${field} asked for or the row before it`;
      throw ignored(envelope, `row ${position + 1} lies below ${what}`);
    }
    floor = Math.max(floor, earliestMicros(instant));
  }
}

/** A row without a readable instant proves nothing; the walk hands it over as it came. */
function isWithin(instant: Timestamp | undefined, from: Timestamp, to: Timestamp): boolean {
  return !instant || (tooLateMicros(instant) > from.micros && earliestMicros(instant) < to.micros);
}
