/** A query that shows what a table is for. */
export interface NamedQuery {
  /** The table that it is about, or begins with it. */
  readonly name: string;
  /** What it shows, as the console lists it. */
  readonly description: string;
  /** The query, in Trino's SQL. */
  readonly sql: string;
}

/** The filter that keeps a query from reading all days: `dt` is text, and so is the bound. */
export const lastDays = (days: number) => `dt >= CAST(current_date - INTERVAL '${days}' DAY AS varchar)`;
