import type { AgentKnobs } from '../world/knobs.ts';

/** What ElevenLabs and Voiceable read of a list request. */
export interface AgentsQuery {
  readonly pageSize: number;
  readonly cursor: string | undefined;
  /** `[from, to)` in epoch microseconds. */
  readonly span: readonly [number, number];
  /** False: rows lack their summaries. */
  readonly summaries: boolean;
  /** Undefined when no filter on the rows' own fields was sent. */
  readonly keep: ((text: string) => boolean) | undefined;
}

const SECOND_US = 1_000_000;

/** The query, or the name of the parameter that is wrong. Unknown names are ignored, as FastAPI and Rails do. */
export function readAgentsQuery(
  query: URLSearchParams,
  knobs: AgentKnobs,
  defaultSummary: 'include' | 'exclude',
): AgentsQuery | string {
  const whole = (name: string) => {
    const text = query.get(name);
    return text === null ? undefined : /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  };
  const pageSize = whole('page_size') ?? 30;
  if (!(pageSize >= 1 && pageSize <= 100)) return 'page_size';
  const after = whole('call_start_after_unix') ?? -Infinity;
  const before = whole('call_start_before_unix') ?? Infinity;
  if (Number.isNaN(after)) return 'call_start_after_unix';
  if (Number.isNaN(before)) return 'call_start_before_unix';
  const mode = query.get('summary_mode') ?? defaultSummary;
  if (mode !== 'include' && mode !== 'exclude') return 'summary_mode';
  const from = (knobs.fromEnd === 'exclusive' ? after + 1 : after) * SECOND_US;
  const to = (knobs.toEnd === 'inclusive' ? before + 1 : before) * SECOND_US;
  const fields = ['agent_id', 'call_successful', 'user_id'].flatMap((name) => {
    const value = query.get(name);
    return value === null ? [] : [`"${name}":${JSON.stringify(value)}`];
  });
  const excluded = query.getAll('exclude_statuses').map((status) => `"status":${JSON.stringify(status)}`);
  const filtered = fields.length + excluded.length > 0;
  return {
    pageSize,
    cursor: query.get('cursor') || undefined,
    span: [from, to],
    summaries: mode === 'include',
    keep: filtered
      ? (text) => fields.every((f) => text.includes(f)) && !excluded.some((f) => text.includes(f))
      : undefined,
  };
}

/** Rows without their summaries, as `summary_mode=exclude` shows them. */
export function* withoutSummaries(rows: Iterable<string>): Generator<string> {
  const summary = /("(?:transcript_summary|call_summary_title|summary)":\s*)"(?:[^"\\]|\\.)*"/g;
  for (const text of rows) yield text.replace(summary, '$1null');
}

/** The rows with the results of data collection and of criteria that the query names; without a name rows have no such field. */
export function withResults(query: URLSearchParams, rows: Iterable<string>): Iterable<string> {
  const collected = query.getAll('data_collection_ids').map((id) => `${JSON.stringify(id)}:"42"`);
  const criteria = query
    .getAll('evaluation_criteria_ids')
    .map((id) => `${JSON.stringify(id)}:{"result":"success","score":1,"max_score":1}`);
  const fields = [
    ...(collected.length > 0 ? [`"data_collection_results":{${collected.join()}}`] : []),
    ...(criteria.length > 0 ? [`"evaluation_criteria_results":{${criteria.join()}}`] : []),
  ];
  return fields.length === 0 ? rows : withFields(rows, fields.join());
}

function* withFields(rows: Iterable<string>, fields: string): Generator<string> {
  for (const row of rows) yield `${row.trimEnd().slice(0, -1)},${fields}}`;
}

/** Requests of a clock minute. */
export function makeMinuteCounter(): { count(at: number): number; reset(): void } {
  let minute = -1;
  let requests = 0;
  return {
    count(at) {
      if (Math.floor(at / 60_000) !== minute) {
        minute = Math.floor(at / 60_000);
        requests = 0;
      }
      return ++requests;
    },
    reset() {
      minute = -1;
    },
  };
}
