/**
 * The stream catalogue: what convlake knows of every stream before it is configured. Infra, run time and tests share it,
 * so it holds names and facts only; how a vendor phrases a request lives in functions/sources/<vendor>.
 */

/** Where a field lies in a row: its name, behind the names of the objects that it lies in, outermost first. */
export type FieldPath = readonly [string, ...string[]];

/** Where a field lies that changes without its row having changed: names, outermost first, and `[]` for each element of an array. */
export type VolatilePath = readonly [string, ...string[]];

/** A vendor API. */
export type SourceName = 'crescendo' | 'salesloft' | 'voiceable' | 'elevenlabs';

/** A stream whose rows stand in a list of the vendor's: `<source>.<name>`. */
export type ListStreamName =
  | 'crescendo.vocconv'
  | 'crescendo.botconv'
  | 'salesloft.conversations'
  | 'salesloft.transcriptions'
  | 'voiceable.conversations'
  | 'elevenlabs.conversations';

/** A stream whose rows are fetched one by one, for those of a list. */
export type DetailStreamName =
  | 'salesloft.transcript_sentences'
  | 'salesloft.conversation_details'
  | 'voiceable.transcripts'
  | 'elevenlabs.transcripts';

/** One endpoint's rows. */
export type StreamName = ListStreamName | DetailStreamName;

/** What a stream of one source is, for every tenant alike. */
export interface StreamDefinition {
  readonly stream: StreamName;
  readonly source: SourceName;
  /** `<source>_<stream>`: the folder in the lake and the name of the table. */
  readonly table: string;
  /** The row's key: the first of these that holds a non-empty string or a number. */
  readonly key: readonly FieldPath[];
  /** The row's own immutable time: the first of these that holds a usable time. It decides the partition. */
  readonly time: readonly FieldPath[];
  /** An instant that grows with every change of the row; absent where the vendor has none. */
  readonly version?: FieldPath;
  /** Rows whose status is one of `open` are not final yet; they are counted and come back through the lookback. */
  readonly status?: { readonly field: FieldPath; readonly open: readonly string[] };
  /** Fields that are kept as they come, and left out where rows are compared. */
  readonly volatile?: readonly VolatilePath[];
  /** The field that the vendor filters on: `time` is read in day windows, `version` in one keyset walk. */
  readonly readBy: 'time' | 'version';
  /** Of a stream whose rows are fetched one by one. Then `key`, `time` and `version` are those of its lines, the rest that of its parent's list. */
  readonly details?: DetailDefinition;
  /** Scheme, host and prefix of the vendor. */
  readonly baseUrl: string;
  /** Appended to the base URL; `{tenant}` stands for the tenant, percent-encoded. */
  readonly path: string;
  /** The header that carries the credential, and what stands before it. */
  readonly auth: { readonly header: string; readonly scheme: string };
  readonly pageSize: { readonly default: number; readonly max: number };
  /** Durations as the configuration writes them. */
  readonly defaults: {
    readonly every: string;
    readonly lookback: string;
    readonly deep: { readonly at: string; readonly lookback: string };
    readonly settle: string;
    readonly window: string;
    readonly concurrency: number;
  };
}

/** How the rows of a detail stream come to be: one for each row of another stream's list. */
export interface DetailDefinition {
  /** The stream whose list is walked. */
  readonly parent: ListStreamName;
  /** Appended to the base URL for one detail; `{id}` stands for the key of the listed row, percent-encoded. */
  readonly path: string;
  /**
   * The fields of a listed row that tell that its detail may differ: never those of people, never volatile ones. Each list is a scheme,
   * numbered from 1; lines in the lake name theirs, so a list is never changed: a new one is appended, and is in force from then on.
   */
  readonly changes: readonly (readonly FieldPath[])[];
  /** How long after its own time a detail is asked for again, although nothing tells that it changed. Durations as the configuration writes them. */
  readonly revisits: readonly string[];
}

const daily = (lookback: string) => ({ at: '03:00', lookback });
const HOURLY = { every: '1 hour', settle: '2 minutes', window: '1 day', concurrency: 4 } as const;
const NOT_FINAL = ['initiated', 'in-progress', 'processing'] as const;

const crescendo = {
  source: 'crescendo',
  key: [['ID']],
  readBy: 'time',
  baseUrl: 'https://platform.crescendo.ai',
  auth: { header: 'authorization', scheme: 'Bearer ' },
  pageSize: { default: 1000, max: 5000 },
} as const;

const salesloft = {
  source: 'salesloft',
  key: [['id']],
  time: [['created_at']],
  version: ['updated_at'],
  readBy: 'version',
  baseUrl: 'https://api.salesloft.com',
  auth: { header: 'authorization', scheme: 'Bearer ' },
  pageSize: { default: 100, max: 100 },
  defaults: { ...HOURLY, concurrency: 1, lookback: '15 minutes', deep: daily('2 days') },
} as const;

const voiceable = {
  source: 'voiceable',
  readBy: 'time',
  baseUrl: 'https://api.voiceable.dev/voiceable-api',
  auth: { header: 'x-api-key', scheme: '' },
  pageSize: { default: 100, max: 100 },
  defaults: { ...HOURLY, lookback: '1 day', deep: daily('7 days') },
} as const;

const elevenlabs = {
  source: 'elevenlabs',
  readBy: 'time',
  baseUrl: 'https://api.elevenlabs.io',
  auth: { header: 'xi-api-key', scheme: '' },
  pageSize: { default: 100, max: 100 },
  defaults: { ...HOURLY, lookback: '1 day', deep: daily('7 days') },
} as const;

/** What a line of a detail stream has of its parent's row, where that has no version and where it has one. */
const LINE = { time: [['time']] } as const;
const LINE_OF_VERSIONS = { ...LINE, version: ['version'] } as const;

const definitions: readonly StreamDefinition[] = [
  {
    ...crescendo,
    stream: 'crescendo.vocconv',
    table: 'crescendo_vocconv',
    time: [['DatetimeUTC']],
    path: '/api/v1/reporting/tenants/{tenant}/vocconv',
    defaults: { ...HOURLY, lookback: '1 day', deep: daily('7 days') },
  },
  {
    ...crescendo,
    stream: 'crescendo.botconv',
    table: 'crescendo_botconv',
    time: [['DatetimeUTC'], ['Datetime']],
    path: '/api/v1/reporting/tenants/{tenant}/botconv',
    defaults: { ...HOURLY, lookback: '6 hours', deep: daily('3 days') },
  },
  { ...salesloft, stream: 'salesloft.conversations', table: 'salesloft_conversations', path: '/v2/conversations' },
  { ...salesloft, stream: 'salesloft.transcriptions', table: 'salesloft_transcriptions', path: '/v2/transcriptions' },
  {
    ...salesloft,
    ...LINE_OF_VERSIONS,
    key: [['id']],
    stream: 'salesloft.transcript_sentences',
    table: 'salesloft_transcript_sentences',
    path: '/v2/transcriptions',
    details: {
      parent: 'salesloft.transcriptions',
      path: '/v2/transcriptions/{id}/sentences',
      changes: [[['updated_at']]],
      revisits: [],
    },
    defaults: { ...salesloft.defaults, concurrency: 4 },
  },
  {
    ...salesloft,
    ...LINE_OF_VERSIONS,
    key: [['id']],
    stream: 'salesloft.conversation_details',
    table: 'salesloft_conversation_details',
    path: '/v2/conversations',
    details: {
      parent: 'salesloft.conversations',
      path: '/v2/conversations/{id}/extensive',
      changes: [[['updated_at']]],
      // Whether a summary, key moments and action items bump `updated_at` when they come is not documented; people edit them later.
      revisits: ['6 hours', '48 hours'],
    },
    defaults: { ...salesloft.defaults, concurrency: 4 },
  },
  {
    ...voiceable,
    stream: 'voiceable.conversations',
    table: 'voiceable_conversations',
    key: [['conversation_id'], ['id']],
    time: [['created_at'], ['start_time_unix_secs'], ['metadata', 'start_time_unix_secs']],
    status: { field: ['status'], open: NOT_FINAL },
    volatile: [
      // Its rows have a transcript and metadata, which it may pass through from ElevenLabs: links to files that run out, and counts of tries.
      ['transcript', '[]', 'file_input', 'file_url'],
      ['transcript', '[]', 'file_inputs', '[]', 'file_url'],
      ['metadata', 'async_metadata', 'retry_count'],
      ['metadata', 'async_metadata', 'last_retry_timestamp'],
    ],
    path: '/conversations',
  },
  {
    ...voiceable,
    ...LINE,
    key: [['conversation_id']],
    stream: 'voiceable.transcripts',
    table: 'voiceable_transcripts',
    status: { field: ['detail', 'status'], open: NOT_FINAL },
    path: '/conversations',
    details: {
      parent: 'voiceable.conversations',
      path: '/conversations/{id}',
      // Of its own documentation, of its front end, and of ElevenLabs, whose rows it may hand through.
      changes: [
        [
          ['status'],
          ['call_successful'],
          ['duration'],
          ['messages'],
          ['metadata', 'duration'],
          ['metadata', 'call_duration_secs'],
          ['call_duration_secs'],
          ['message_count'],
          ['user_message_count'],
          ['agent_message_count'],
          ['rating'],
        ],
      ],
      revisits: [],
    },
  },
  {
    ...elevenlabs,
    stream: 'elevenlabs.conversations',
    table: 'elevenlabs_conversations',
    key: [['conversation_id']],
    time: [['start_time_unix_secs']],
    status: { field: ['status'], open: NOT_FINAL },
    path: '/v1/convai/conversations',
  },
  {
    ...elevenlabs,
    ...LINE,
    key: [['conversation_id']],
    stream: 'elevenlabs.transcripts',
    table: 'elevenlabs_transcripts',
    status: { field: ['detail', 'status'], open: NOT_FINAL },
    path: '/v1/convai/conversations',
    details: {
      parent: 'elevenlabs.conversations',
      path: '/v1/convai/conversations/{id}',
      // Counts become null when a transcript is deleted; score and success change when an analysis is run again.
      changes: [
        [
          ['status'],
          ['call_duration_secs'],
          ['message_count'],
          ['user_message_count'],
          ['agent_message_count'],
          ['call_successful'],
          ['call_success_score'],
          ['rating'],
          ['tag_ids'],
          ['cost'],
        ],
      ],
      revisits: [],
    },
  },
];

/** Every stream by its name. */
export const streams: ReadonlyMap<StreamName, StreamDefinition> = new Map(definitions.map((d) => [d.stream, d]));

/** The definition of a stream that the type system knows to exist. */
export function streamDefinition(stream: StreamName): StreamDefinition {
  const definition = streams.get(stream);
  if (!definition) throw new Error(`no stream is called ${stream}; there are ${[...streams.keys()].join(', ')}`);
  return definition;
}

/** The stream whose list is walked: the stream itself, or its parent where its rows are fetched one by one. */
export function listStream(stream: StreamName): ListStreamName {
  return streamDefinition(stream).details?.parent ?? (stream as ListStreamName); // one without `details` is of a list
}

/** True for a stream whose rows are fetched one by one. */
export function isDetailStream(stream: StreamName): stream is DetailStreamName {
  return streamDefinition(stream).details !== undefined;
}

/** The definition of the rows of the list that a stream walks. */
export function listDefinition(definition: StreamDefinition): StreamDefinition {
  return definition.details ? streamDefinition(definition.details.parent) : definition;
}
