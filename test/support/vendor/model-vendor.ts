import { Buffer } from 'node:buffer';
import { type StreamDefinition, streamDefinition } from '../../../contract/streams.ts';
import type { FetchPage } from '../../../functions/engine/ports.ts';
import { parseInstant } from '../../../functions/engine/rows/instant.ts';
import type { Bookmark, Dialect, PageRequest } from '../../../functions/engine/source.ts';

/** A row as the vendor shows it now. */
export interface ModelRow {
  readonly id: string;
  /** Its own time, epoch ms; null while it has none. */
  readonly time: number | null;
  /** What the vendor filters by, epoch microseconds: when the row was filed, or its version. */
  readonly at: number;
  readonly line: string;
  /** True when it could first be seen later than `at`. */
  readonly late: boolean;
}

/** How a modelled stream is read: `time` has no version, `version` has one and is walked by it. */
export type ModelKind = 'time' | 'version';

/** A vendor whose rows change between any two requests. It pages by key, so that no walk of it loses rows by itself. */
export class ModelVendor {
  readonly kind: ModelKind;
  readonly definition: StreamDefinition;
  readonly rows = new Map<string, ModelRow>();
  /** Rows that it does not show any more, as they were. */
  readonly vanished = new Map<string, ModelRow>();
  /** Every line that was ever true of a key, oldest first. */
  readonly history = new Map<string, string[]>();
  pageSize = 3;
  /** True while it returns "nothing" to every request. */
  blind = false;
  #changes = 0;

  constructor(kind: ModelKind) {
    this.kind = kind;
    this.definition = streamDefinition(kind === 'time' ? 'crescendo.vocconv' : 'salesloft.conversations');
  }

  put(id: string, time: number | null, at: number, nowMs: number): void {
    const dated = time === null ? null : new Date(time).toISOString();
    const value = ++this.#changes;
    const line =
      this.kind === 'time'
        ? JSON.stringify({ ID: id, DatetimeUTC: dated, value })
        : JSON.stringify({ id, created_at: dated, updated_at: formatMicros(at), value });
    const before = this.kind === 'time' ? this.rows.get(id) : undefined;
    const late = before ? before.late : this.blind || at < nowMs * 1000;
    this.rows.set(id, { id, time, at, line, late });
    this.vanished.delete(id);
    this.history.set(id, [...(this.history.get(id) ?? []), line]);
  }

  vanish(row: ModelRow): void {
    this.rows.delete(row.id);
    this.vanished.set(row.id, row);
  }

  /** From now on it returns "nothing": whatever it has can be seen later only. */
  goBlind(): void {
    this.blind = true;
    for (const [id, row] of this.rows) this.rows.set(id, { ...row, late: true });
  }

  readonly dialect: Dialect = {
    rowsUnder: ['data'],
    firstPage: ({ from, to }, bookmark) => request(from, to, bookmark ? afterBookmark(bookmark) : ''),
    readPage: ({ query }, { envelope, rows }) => {
      const { next, bookmark } = envelope as { next: string | null; bookmark: Bookmark | null };
      const [from, to] = [Number(query['from']), Number(query['to'])];
      return {
        rows,
        next: next === null ? undefined : request(from, to, next),
        ...(this.kind === 'version' && bookmark ? { bookmark } : {}),
      };
    },
  };

  /** The ends of a window are both inclusive, so that a row may come with two windows. */
  readonly fetchPage: FetchPage = async ({ query }, _signal, read) => {
    const [from, to, after] = [Number(query['from']) * 1000, Number(query['to']) * 1000, query['after'] ?? ''];
    const inside = [...(this.blind ? [] : this.rows.values())]
      .filter(({ at }) => at >= from && at <= to)
      .sort((a, b) => (mark(a) < mark(b) ? -1 : 1));
    const rest = inside.filter((row) => mark(row) > after);
    const page = rest.slice(0, this.pageSize);
    const last = page.at(-1);
    const next = last && rest.length > page.length ? mark(last) : null;
    const bookmark = last && { at: formatMicros(last.at), tied: { createdFrom: last.id } };
    const envelope = JSON.stringify({ next, bookmark: bookmark ?? null });
    return read(Buffer.from(`${envelope.slice(0, -1)},"data":[${page.map(({ line }) => line).join(',')}]}`));
  };
}

/** The key of a line, of either kind. */
export function modelKeyOf(line: string): string {
  const { ID, id } = JSON.parse(line) as { ID?: string; id?: string };
  return ID ?? id ?? '';
}

/** The version of a line, epoch microseconds; undefined where it has none. */
export function modelVersionOf(line: string): number | undefined {
  const { updated_at } = JSON.parse(line) as { updated_at?: string };
  return updated_at === undefined ? undefined : parseInstant(JSON.stringify(updated_at));
}

function request(from: number, to: number, after: string): PageRequest {
  return { query: { from: String(from), to: String(to), after }, state: `after ${after}`, carriesCursor: after !== '' };
}

/** Sorts as the vendor does: by what it filters by, then by key. */
function mark({ at, id }: Pick<ModelRow, 'at' | 'id'>): string {
  return `${String(at).padStart(17, '0')}|${id}`;
}

function afterBookmark({ at, tied }: Bookmark): string {
  return mark({ at: parseInstant(JSON.stringify(at)) ?? 0, id: tied?.['createdFrom'] ?? '' });
}

function formatMicros(at: number): string {
  return new Date(Math.floor(at / 1000)).toISOString().replace('Z', `${String(at % 1000).padStart(3, '0')}Z`);
}
