import { Buffer } from 'node:buffer';
import { type StreamDefinition, streamDefinition } from '../../../contract/streams.ts';
import { ConvlakeError } from '../../../functions/engine/errors.ts';
import { exportStream } from '../../../functions/engine/export-stream.ts';
import type { FetchPage } from '../../../functions/engine/ports.ts';
import { scalarText } from '../../../functions/engine/rows/row.ts';
import type { RunSummary, StreamSettings } from '../../../functions/engine/settings.ts';
import type { Dialect, PageRequest, WholeDetail } from '../../../functions/engine/source.ts';
import type { MemoryCheckpoint, MemoryLake } from '../run/memory-ports.ts';
import { portsOf, type RunOptions, scriptedSettings } from './scripted-vendor.ts';

/** What the vendor has of one conversation. */
export interface Talk {
  readonly id: string;
  /** Epoch ms; null for one that is listed without a time. */
  readonly time: number | null;
  readonly status?: string;
  /** Says that the detail may differ, as the list tells it. */
  readonly count?: number;
  /** Listed, and no word of the detail. */
  readonly noise?: unknown;
  readonly turns?: readonly string[];
  readonly erased?: boolean;
  /** What comes later than the rest of the detail; null while it is not there. */
  readonly analysis?: string | null;
  /** What a request for the detail ends with instead: a status, or the id that is answered. */
  readonly fails?: number;
  readonly otherId?: string;
  /** The list itself carries the turns. */
  readonly inList?: boolean;
}

const parent = streamDefinition('elevenlabs.conversations');

/** The stream of details of the toy vendor: its list is read as that of ElevenLabs. */
export const toyDetails: StreamDefinition = {
  ...parent,
  table: 'elevenlabs_transcripts',
  key: [['conversation_id']],
  time: [['time']],
  status: { field: ['detail', 'status'], open: ['in-progress', 'processing'] },
  details: {
    parent: 'elevenlabs.conversations',
    path: '/talks/{id}',
    changes: [[['status'], ['message_count']]],
    revisits: [],
  },
};

/** A vendor in memory that lists conversations and gives one transcript a request. */
export class DetailVendor {
  readonly talks = new Map<string, Talk>();
  /** The ids that were asked for, in order. */
  asked: string[] = [];
  requests = 0;
  /** Called before each detail is given. */
  onDetail: (id: string) => Promise<void> | void = () => undefined;
  onList: () => Promise<void> | void = () => undefined;
  readonly #pageSize: number;

  constructor(pageSize = 5) {
    this.#pageSize = pageSize;
  }

  put(talk: Talk): Talk {
    const whole = { status: 'done', count: 1, turns: ['hello'], ...this.talks.get(talk.id), ...talk };
    this.talks.set(talk.id, whole);
    return whole;
  }

  readonly details: WholeDetail = {
    kind: 'whole',
    listFields: [['transcript']],
    inList: ({ bytes, tokens: [transcript] }) =>
      transcript === undefined ? undefined : { bytes, open: false, incomplete: false, empty: false, erased: false },
    under: undefined,
    fields: [['conversation_id'], ['status'], ['transcript'], ['erased'], ['analysis']],
    request: (id) => ({ query: {}, path: `/talks/${id}`, about: id, state: id, carriesCursor: false }),
    read: (id, { detail: { bytes, tokens } }) => {
      const [own, status, transcript, erased, analysis] = tokens;
      if (scalarText(own) !== id) throw new ConvlakeError('body-unexpected', 'retry', 'the detail of another id');
      return {
        bytes,
        open: ['"in-progress"', '"processing"'].includes(status ?? ''),
        incomplete: analysis === 'null',
        empty: transcript === '[]',
        erased: erased === 'true',
      };
    },
  };

  readonly dialect: Dialect = {
    rowsUnder: ['conversations'],
    firstPage: ({ from, to }) => pageRequest(from, to, 0),
    readPage: ({ query }, { envelope, rows }) => {
      const { next } = envelope as { next: number | null };
      return { rows, next: next === null ? undefined : pageRequest(Number(query['from']), Number(query['to']), next) };
    },
    details: this.details,
  };

  readonly fetchPage: FetchPage = async (request, _signal, read) => {
    this.requests++;
    const body = request.path === undefined ? await this.#list(request) : await this.#detail(request.state);
    return read(Buffer.from(body));
  };

  async #list({ query }: PageRequest): Promise<string> {
    await this.onList();
    const [from, to, offset] = [Number(query['from']), Number(query['to']), Number(query['offset'])];
    const inside = [...this.talks.values()]
      .filter(({ time }) => (time ?? from) >= from && (time ?? from) < to)
      .sort((a, b) => (a.time ?? 0) - (b.time ?? 0));
    const next = offset + this.#pageSize < inside.length ? offset + this.#pageSize : null;
    const rows = inside.slice(offset, offset + this.#pageSize).map(listRow);
    return JSON.stringify({ next, conversations: rows });
  }

  async #detail(id: string): Promise<string> {
    this.asked.push(id);
    await this.onDetail(id);
    const talk = this.talks.get(id);
    const status = talk ? talk.fails : 404;
    if (status !== undefined) throw refusal(status);
    return detailText(talk ?? { id, time: null });
  }
}

/** The body of a detail. */
export function detailText({ id, otherId, status, turns, erased, analysis }: Talk): string {
  const told = { conversation_id: otherId ?? id, status, transcript: turns, analysis };
  return JSON.stringify({ ...told, ...(erased && { erased }) });
}

function listRow({ id, time, status, count, noise, inList, turns }: Talk) {
  const seconds = time === null ? null : time / 1000;
  const row = { conversation_id: id, start_time_unix_secs: seconds, status, message_count: count, noise };
  return inList ? { ...row, transcript: turns } : row;
}

function pageRequest(from: number, to: number, offset: number): PageRequest {
  const query = { from: String(from), to: String(to), offset: String(offset) };
  return { query, state: `${offset}`, carriesCursor: offset > 0 };
}

/** What the HTTP adapter makes of a status. */
function refusal(status: number): ConvlakeError {
  const code =
    status === 401 || status === 403 ? 'credential-refused' : status >= 500 ? 'vendor-unavailable' : 'request-refused';
  return new ConvlakeError(code, 'stop-stream', `the vendor responded with ${status}`, { status });
}

/** One run of the real engine over a vendor of details, in memory. */
export function runDetails(
  vendor: Pick<DetailVendor, 'fetchPage' | 'dialect' | 'requests'>,
  lake: MemoryLake,
  checkpoint: MemoryCheckpoint,
  options: RunOptions,
): Promise<RunSummary> {
  const settings: StreamSettings = { ...scriptedSettings, definition: toyDetails, ...options.settings };
  return exportStream(settings, vendor.dialect, portsOf(vendor, lake, checkpoint, options));
}

/** A line of a detail stream, parsed. */
export interface ParsedLine {
  readonly conversation_id: string;
  readonly time?: number;
  readonly version?: string;
  readonly listed: string;
  readonly gone?: number;
  readonly failed?: number | string;
  readonly oversized?: string;
  readonly detail?: {
    readonly transcript?: readonly string[];
    readonly status?: string;
    readonly analysis?: string | null;
  };
}

/** The lines of the lake by id. @throws Error for an id that has two */
export function linesById(lake: MemoryLake): Map<string, ParsedLine> {
  const lines = lake.lines().map(({ line }) => JSON.parse(line) as ParsedLine);
  const byId = new Map(lines.map((line) => [String(line.conversation_id), line]));
  if (byId.size < lines.length) throw new Error(`${lines.length} lines of ${byId.size} ids`);
  return byId;
}
