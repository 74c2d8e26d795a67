import type { SourceName } from '../../../contract/streams.ts';
import type { Fault, SeenRequest } from '../faults.ts';

/**
 * How the rows of a vendor look. Shares are between 0 and 1 and say how many of the generated rows are so; which rows is
 * decided by the seed.
 */
export interface RowKnobs {
  /** Fields whose type varies from row to row (documented for Crescendo: ids, tags, groups, media). */
  readonly unionTypes: number;
  /** Rows with fields that no documentation names. */
  readonly unknownFields: number;
  /** Rows with integers beyond 2^53 and decimals that no double holds. */
  readonly bigNumbers: number;
  /** Rows in which one name stands twice. */
  readonly duplicateNames: number;
  readonly nullKeys: number;
  readonly nullTimes: number;
  /** Rows whose own time is null at first, and how long. The vendor knows (and filters by) the time all along. */
  readonly untimed: { readonly share: number; readonly forMs: number };
  /** Rows that the API shows only some time after they began, and how long after at most. */
  readonly late: { readonly share: number; readonly byMs: number };
  /** How long after the end of a conversation its rating may come. */
  readonly ratingWithinMs: number;
  /** Conversations that never reach a final status. */
  readonly stuckOpen: number;
  /** Times are rounded down to this, so that rows tie. */
  readonly tieMs: number;
  /** `crlf`: bodies are pretty-printed, lines end in CR LF. */
  readonly layout: 'compact' | 'crlf';
}

/** What an API may do with details, which are asked for one by one. Shares say of how many details. */
export interface DetailKnobs {
  /** A detail shows the state of so long ago, and is not there for a row that is younger. */
  readonly behindMs: number;
  /** Details that are 404 at first, until so long after the row's own time. */
  readonly late: { readonly share: number; readonly byMs: number };
  /** Details that are 404 from so long after the row's own time on. */
  readonly gone: { readonly share: number; readonly afterMs: number };
  /** Details that get a 502, always. */
  readonly broken: number;
  /** Details in whose place another one comes. */
  readonly otherIds: number;
  /** Details that have so many bytes more than others. */
  readonly large: { readonly share: number; readonly bytes: number };
  /** Calls whose analysis comes so long after they ended. */
  readonly analysisLate: { readonly share: number; readonly byMs: number };
  /** Calls whose transcript goes so long after they ended, and whether the vendor tells that it deleted it. */
  readonly emptied: { readonly share: number; readonly afterMs: number; readonly told: boolean };
  /** Calls that go on for so long, of those that begin before an instant, epoch ms: chats. */
  readonly longCalls: { readonly share: number; readonly forMs: number; readonly beforeMs: number };
  /** Whether links to files are signed anew with every response. */
  readonly signedLinks: boolean;
  /** Whether rows of the list carry turns. */
  readonly turnsInList: 'some' | 'none';
  /** How long after a conversation its summary, key moments and action items come. */
  readonly summaryAfterMs: number;
  /** Pages of sentences are of the default length, whatever is asked for. */
  readonly ignoresPaging: boolean;
  /** Transcriptions whose sentences have no numbers. */
  readonly unnumbered: number;
}

/** What every vendor's API may do. */
export interface CommonKnobs extends RowKnobs {
  /** How long every response takes, at least. */
  readonly latencyMs: number;
  /** Spoils chosen requests. Request numbers begin at 1 and count per vendor. */
  readonly faults: (requestNumber: number, request: SeenRequest) => Fault | undefined;
  /** Called before the response to a request is made: where to change rows during a walk. */
  readonly onRequest: (requestNumber: number, request: SeenRequest) => void | Promise<void>;
  /** While the simulator's clock is in one of these spans `[from, to)`, every list is empty. Epoch ms. */
  readonly emptyDuring: readonly { readonly from: number; readonly to: number }[];
  /** What stands for the rows of a last page that has none. */
  readonly noRows: 'list' | 'null';
  /** Over the defaults of `detailKnobs`. */
  readonly details: Partial<DetailKnobs>;
}

/** What an API with page cursors may do. */
export interface CursorKnobs extends CommonKnobs {
  readonly order: 'newest-first' | 'oldest-first';
  readonly fromEnd: 'inclusive' | 'exclusive';
  readonly toEnd: 'inclusive' | 'exclusive';
  /**
   * `sort-key`: a cursor names the last row shown and goes on behind it in the live order. `offset`: it counts rows of the
   * live order, so rows that come or go shift the pages. `snapshot`: the walk sees the rows as they were at its first page.
   */
  readonly cursor: 'sort-key' | 'offset' | 'snapshot';
  /** When cursors are refused: after so many uses of one cursor, pages of one walk, or ms since the cursor was given. */
  readonly cursorLife: { readonly uses?: number; readonly pages?: number; readonly ms?: number };
  /** From this page of a walk on (2 or more), the response's cursor is the one that was sent. */
  readonly stuckAtPage: number | undefined;
  /** From this page of a walk on (2 or more), the list begins again, under cursors of its own. */
  readonly goesRoundAtPage: number | undefined;
  /** Every n-th page of a walk is empty, with a cursor that goes on. */
  readonly emptyPageEvery: number | undefined;
  /** Every n-th page of a walk is half full, with a cursor that goes on. */
  readonly shortPageEvery: number | undefined;
  /** How the last page with rows ends: cursor null, no cursor field at all, or a cursor to one more, empty page. */
  readonly lastCursor: 'null' | 'missing' | 'live';
  /** The count of the walk: right, changing from page to page, or never above a number. */
  readonly total: 'exact' | 'drifting' | { readonly saturatesAt: number };
}

export interface CrescendoKnobs extends CursorKnobs {}

/** What ElevenLabs and Voiceable may do beyond that. */
export interface AgentKnobs extends CursorKnobs {
  readonly hasMore: 'present' | 'missing';
  /** Requests a minute; every further one gets a 429. Undefined: no limit. */
  readonly requestsPerMinute: number | undefined;
  /** Requests at a time; every further one gets a 429. Undefined: no limit. */
  readonly concurrentRequests: number | undefined;
  /** Voiceable's rows as its documentation has them, or as its own front end reads them (`id`, no ISO time). */
  readonly rowShape: 'docs' | 'app';
}

export interface SalesloftKnobs extends CommonKnobs {
  /** Cost points that the team has per clock minute. Undefined: no limit. */
  readonly pointsPerMinute: number | undefined;
  /** Of these so many are taken by another integration of the team as soon as a minute begins. */
  readonly pointsOfOthers: number;
  /** Whether a header states how many there are. */
  readonly statesLimit: boolean;
  /** How many digits times are rendered with; `mixed`: now these, now those. Comparison is in microseconds whatever is rendered. */
  readonly precision: 'seconds' | 'milliseconds' | 'microseconds' | 'mixed';
  /** What becomes of the digits that are not rendered. */
  readonly rounding: 'cut' | 'half-up';
  readonly offsetMinutes: number;
  /** Responds as if no filter (no sort) had been sent, and echoes so. */
  readonly ignoreFilters: boolean;
  readonly ignoreSort: boolean;
  /** Refuses `sort_direction`, which is not documented for every list. */
  readonly refusesDirection: boolean;
  /** Rows that tie on the sort key come in another order on every request. */
  readonly shuffleTies: boolean;
  /** `without-paging` leaves out metadata.paging; `bare-array` is the list alone. */
  readonly envelope: 'documented' | 'without-paging' | 'bare-array';
  /** `always`: also behind the last page. */
  readonly nextPage: 'documented' | 'always';
}

/** Every vendor's knobs, complete. */
export interface AllKnobs {
  readonly crescendo: CrescendoKnobs;
  readonly salesloft: SalesloftKnobs;
  readonly voiceable: AgentKnobs;
  readonly elevenlabs: AgentKnobs;
}

/** The knobs that a test turns; the others keep their defaults. */
export type Knobs = { readonly [S in SourceName]?: Partial<AllKnobs[S]> };

const common: CommonKnobs = {
  unionTypes: 0.05,
  unknownFields: 0,
  bigNumbers: 0,
  duplicateNames: 0,
  nullKeys: 0,
  nullTimes: 0,
  untimed: { share: 0, forMs: 0 },
  late: { share: 0, byMs: 0 },
  ratingWithinMs: 20 * 3_600_000,
  stuckOpen: 0,
  tieMs: 0,
  layout: 'compact',
  latencyMs: 0,
  faults: () => undefined,
  onRequest: () => {},
  emptyDuring: [],
  noRows: 'list',
  details: {},
};

const never = { share: 0, byMs: 0 };

const details: DetailKnobs = {
  behindMs: 0,
  late: never,
  gone: { share: 0, afterMs: 0 },
  broken: 0,
  otherIds: 0,
  large: { share: 0, bytes: 0 },
  analysisLate: never,
  emptied: { share: 0, afterMs: 0, told: true },
  longCalls: { share: 0, forMs: 0, beforeMs: Infinity },
  signedLinks: false,
  turnsInList: 'some',
  summaryAfterMs: 20 * 60_000,
  ignoresPaging: false,
  unnumbered: 0.1,
};

/** The given knobs over the defaults. */
export function detailKnobs(turned: Partial<DetailKnobs>): DetailKnobs {
  return { ...details, ...turned };
}

const cursors: CursorKnobs = {
  ...common,
  order: 'newest-first',
  fromEnd: 'inclusive',
  toEnd: 'exclusive',
  cursor: 'sort-key',
  cursorLife: {},
  stuckAtPage: undefined,
  goesRoundAtPage: undefined,
  emptyPageEvery: undefined,
  shortPageEvery: undefined,
  lastCursor: 'null',
  total: 'exact',
};

const agents: AgentKnobs = {
  ...cursors,
  toEnd: 'inclusive',
  hasMore: 'present',
  requestsPerMinute: undefined,
  concurrentRequests: undefined,
  rowShape: 'docs',
};

const salesloft: SalesloftKnobs = {
  ...common,
  pointsPerMinute: 600,
  pointsOfOthers: 0,
  statesLimit: false,
  precision: 'milliseconds',
  rounding: 'cut',
  offsetMinutes: 0,
  ignoreFilters: false,
  ignoreSort: false,
  refusesDirection: false,
  shuffleTies: false,
  envelope: 'documented',
  nextPage: 'documented',
};

/** The given knobs over the defaults, which are what the vendors document, and benign where they document nothing. */
export function completeKnobs(knobs: Knobs = {}): AllKnobs {
  return {
    crescendo: { ...cursors, order: 'oldest-first', ...knobs.crescendo },
    salesloft: { ...salesloft, ...knobs.salesloft },
    voiceable: { ...agents, ...knobs.voiceable },
    elevenlabs: { ...agents, ...knobs.elevenlabs },
  };
}
