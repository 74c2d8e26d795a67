import { isDetailStream, type StreamName, streamDefinition, streams } from '../../../contract/streams.ts';
import type { Knobs } from '../../simulator/world/knobs.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../support/durations.ts';
import { horizonWithin } from '../world/life.ts';
import { Dice } from './dice.ts';

/** What a configuration says of the stream; the rest stays what `parseConfiguration` makes of nothing. */
export interface Settings {
  readonly lookbackMs: number;
  readonly deepLookbackMs: number;
  readonly settleMs: number;
  readonly windowMs: number;
  readonly concurrency: number;
  readonly pageSize: number;
  readonly startMs: number;
  readonly enabled: boolean;
}

/** What happens in the world at an instant, besides what follows from it. */
export type HistoryStep = { readonly name: string; readonly at: number } & Deed;

/**
 * `change` - so many rows come, change or go; `blind` - the vendor returns "nothing" for a while; `schedule` - EventBridge
 * invokes, once or by mistake twice, and Lambda tries a failed or killed invocation again so often; `configure` - a deploy brings
 * other settings; `command` - a person runs the command line, which claims nothing and has all the time it wants; `rewind` - a person
 * orders to start again; `damage` - a person removes an object and orders to start again before it; `backfill` - a person reads
 * a past span; `deploy` - so many rows of a stream with versions change at once and keep them.
 */
export type Deed =
  | { readonly deed: 'change'; readonly rows: number }
  | { readonly deed: 'deploy'; readonly rows: number }
  | { readonly deed: 'blind'; readonly forMs: number }
  | { readonly deed: 'schedule'; readonly times: 1 | 2; readonly retries: number }
  | { readonly deed: 'configure'; readonly settings: Partial<Settings> }
  | { readonly deed: 'command' }
  | { readonly deed: 'rewind'; readonly backMs: number }
  | { readonly deed: 'damage'; readonly daysBack: number }
  | { readonly deed: 'backfill'; readonly fromDaysBack: number; readonly days: number };

/** A history before it happens: a pure function of its seed. */
export interface HistoryPlan {
  readonly seed: number;
  readonly stream: StreamName;
  /** When the world begins. */
  readonly beginMs: number;
  readonly settings: Settings;
  /** The shortest lookback of the history, and how far back the vendor changes things: less than that. */
  readonly lookbackMs: number;
  readonly horizonMs: number;
  readonly every: number;
  /** How long Lambda lets an invocation go on, and a call takes at most. */
  readonly limitMs: number;
  readonly vendorMs: number;
  readonly awsMs: number;
  readonly partBytes: number;
  readonly oldRows: number;
  /** Rows of more bytes are too large for a line, and so many rows are one of them that is; undefined where none is. */
  readonly oversized: { readonly bytes: number; readonly every: number } | undefined;
  /** Of a stream of details: what the vendor says that it has erased stays. */
  readonly keepsErased: boolean;
  /** How objects are written: in several members, in one, or by some processes so and by others so. */
  readonly gzip: 'members' | 'single' | 'either';
  readonly knobs: Knobs;
  readonly faultShare: number;
  /** How far a clock may be ahead of the world's or behind it. */
  readonly skewMs: number;
  /** The share of processes whose clock, or the time that a person plans by, is days off. */
  readonly wrongClocks: number;
  readonly steps: readonly HistoryStep[];
}

const BEGIN_MS = Date.parse('2026-03-10T07:00:00Z');
/** How many histories are of a stream whose rows are fetched one by one. */
const DETAILS_SHARE = 0.35;

/** Draws the history of a seed. A given stream keeps it the same when the catalogue gets another. */
export function planHistory(seed: number, given?: StreamName): HistoryPlan {
  const dice = new Dice(seed, 'plan');
  const drawn = drawListStream(dice);
  const stream = given ?? drawDetailStream(seed) ?? drawn;
  const byVersion = streamDefinition(stream).readBy === 'version';
  const skewMs = dice.happens(0.2) ? dice.spread(SECOND_MS, MINUTE_MS) : 0;
  // Dice of their own: the other histories stay what they were.
  const wrongClocks = new Dice(seed, 'clocks').pick([0, 0, 0, 0, 0, 0, 0, 0, 0.15, 0.4]);
  const settings = drawSettings(dice, byVersion);
  const beginMs = BEGIN_MS + dice.whole(0, 23) * HOUR_MS;
  const every = dice.pick([HOUR_MS, 2 * HOUR_MS, 6 * HOUR_MS, DAY_MS]);
  const hurry = drawHurry(dice);
  const busyMs = Math.min(hurry.limitMs, 25 * hurry.vendorMs);
  const later = dice.happens(0.35) ? [drawChange(dice, settings, byVersion, beginMs)] : [];
  const lookbackMs = Math.min(settings.lookbackMs, ...later.map((change) => change.lookbackMs ?? Infinity));
  return {
    seed,
    stream,
    beginMs,
    settings: { ...settings, startMs: beginMs - dice.whole(0, 12) * DAY_MS - dice.whole(0, 86_399) * SECOND_MS },
    lookbackMs,
    horizonMs: horizonWithin(lookbackMs, apartMs(skewMs, wrongClocks) + settings.settleMs + 10 * MINUTE_MS),
    every,
    ...hurry,
    awsMs: dice.spread(10, 400),
    partBytes: dice.pick([300, 1000, 64 * 1024]),
    oldRows: dice.pick([0, 6, 20, 50]),
    oversized: drawOversized(seed),
    keepsErased: new Dice(seed, 'erasure').happens(0.3),
    // Dice of its own, as above.
    gzip: new Dice(seed, 'gzip').pick(['members', 'members', 'members', 'single', 'either'] as const),
    knobs: drawKnobs(dice, new Dice(seed, 'forms')),
    faultShare: dice.pick([0, 0.003, 0.01, 0.03, 0.08]),
    skewMs,
    wrongClocks,
    steps: withDeploys(new Dice(seed, 'deploys'), byVersion, drawSteps(dice, beginMs, every, busyMs, later)),
  };
}

/** Of the streams whose rows stand in a list: with the others among them, each seed would draw another history than it did before. */
function drawListStream(dice: Dice): StreamName {
  return dice.pick([...streams.keys()].filter((name) => !isDetailStream(name)) as [StreamName, ...StreamName[]]);
}

/** A stream of details for some of the histories, from dice of its own: the others stay what they were. */
function drawDetailStream(seed: number): StreamName | undefined {
  const dice = new Dice(seed, 'details');
  const details = [...streams.keys()].filter(isDetailStream) as [StreamName, ...StreamName[]];
  return dice.happens(DETAILS_SHARE) ? dice.pick(details) : undefined;
}

/** From dice of its own, so that all else in a history is what it was before there were such rows. */
function drawOversized(seed: number): HistoryPlan['oversized'] {
  const dice = new Dice(seed, 'oversized');
  return dice.happens(0.4) ? { bytes: 2000, every: dice.pick([2, 3, 3, 7]) } : undefined;
}

/** A vendor's deploy adds a field to every row, or a job fills one in here and there; drawn apart, so that other histories stay as they were. */
function withDeploys(dice: Dice, byVersion: boolean, steps: readonly HistoryStep[]): readonly HistoryStep[] {
  const [first, last] = [steps[0]?.at ?? 0, steps.at(-1)?.at ?? 0];
  const count = byVersion && dice.happens(0.4) ? dice.whole(1, 4) : 0;
  const deploys = Array.from({ length: count }, (_, n): HistoryStep => {
    const at = Math.round(first + dice.share() * (last - first));
    return { name: `s${steps.length + n + 1}`, at, deed: 'deploy', rows: dice.pick([1, 3, 1000, 1000]) };
  });
  return [...steps, ...deploys].sort((a, b) => a.at - b.at);
}

/** How far ahead of the vendor's clock a watermark may come: where a clock is wrong, as far as the vendor's own lets it, and a little. */
export function apartMs(skewMs: number, wrongClocks: number): number {
  return wrongClocks > 0 ? Math.max(skewMs, 6 * MINUTE_MS) : skewMs;
}

/** How long an invocation may take, and the vendor's responses do. */
function drawHurry(dice: Dice): Pick<HistoryPlan, 'limitMs' | 'vendorMs'> {
  const enough = () => ({ limitMs: dice.spread(MINUTE_MS, 10 * MINUTE_MS), vendorMs: dice.spread(50, 2000) });
  const tight = () => ({ limitMs: 40 * SECOND_MS, vendorMs: SECOND_MS });
  const slow = () => ({ limitMs: 15 * MINUTE_MS, vendorMs: 40 * SECOND_MS });
  return dice.pick([enough, enough, tight, slow])();
}

function drawSettings(dice: Dice, byVersion: boolean): Settings {
  const lookbackMs = byVersion
    ? dice.pick([HOUR_MS, 6 * HOUR_MS, DAY_MS])
    : dice.pick([6 * HOUR_MS, 12 * HOUR_MS, DAY_MS, 2 * DAY_MS]);
  return {
    lookbackMs,
    deepLookbackMs: dice.pick([0, 2 * DAY_MS, 5 * DAY_MS]),
    settleMs: dice.pick([0, MINUTE_MS, 2 * MINUTE_MS]),
    windowMs: dice.pick([DAY_MS, DAY_MS, 6 * HOUR_MS]),
    concurrency: dice.pick([1, 1, 2, 4]),
    pageSize: dice.pick([2, 3, 3, 7, 20]),
    startMs: 0,
    enabled: true,
  };
}

function drawChange(dice: Dice, settings: Settings, byVersion: boolean, beginMs: number): Partial<Settings> {
  const { lookbackMs } = drawSettings(dice, byVersion);
  return dice.pick<Partial<Settings>>([
    { lookbackMs },
    { windowMs: dice.pick([DAY_MS, HOUR_MS]), concurrency: dice.pick([1, 3]) },
    { startMs: beginMs - 14 * DAY_MS },
    { pageSize: settings.pageSize + 1, deepLookbackMs: dice.pick([0, 3 * DAY_MS]) },
    { enabled: false },
  ]);
}

function drawSteps(
  dice: Dice,
  beginMs: number,
  every: number,
  busyMs: number,
  later: readonly Partial<Settings>[],
): readonly HistoryStep[] {
  const steps: HistoryStep[] = [];
  const put = (at: number, deed: Deed) => steps.push({ name: `s${steps.length + 1}`, at: Math.round(at), ...deed });
  const crowded = dice.happens(0.4) ? 0.5 : 0;
  let now = beginMs;
  /** While the run is under way, or between two runs. */
  const someTime = () => now + (dice.happens(0.5) ? dice.whole(0, busyMs) : dice.spread(20, every));
  for (let runs = dice.whole(2, 12); runs > 0; runs--) {
    put(now, { deed: 'schedule', times: dice.happens(0.08) ? 2 : 1, retries: dice.whole(0, 2) });
    for (let n = dice.whole(0, 4); n > 0; n--) put(someTime(), { deed: 'change', rows: dice.pick([1, 1, 3, 10]) });
    const crowd = dice.happens(crowded);
    if (crowd) drawCrowd(dice, now, busyMs, put);
    if (dice.happens(0.04)) put(someTime(), { deed: 'command' });
    if (dice.happens(0.05)) put(someTime(), { deed: 'rewind', backMs: dice.spread(HOUR_MS, 10 * DAY_MS) });
    if (dice.happens(0.06)) put(someTime(), { deed: 'damage', daysBack: dice.pick([0, 0, 1, 3]) });
    if (dice.happens(0.04)) put(someTime(), drawBackfill(dice));
    if (dice.happens(0.05)) put(someTime(), { deed: 'blind', forMs: dice.spread(MINUTE_MS, 5 * HOUR_MS) });
    // What a crowd leaves behind is soon read again, unless nobody comes for longer than the lookback.
    now += every * (dice.happens(crowd ? 0.3 : 0.08) ? dice.pick([12, 72]) : 1);
  }
  for (const settings of later) {
    const at = beginMs + dice.share() * (now - beginMs);
    put(at, { deed: 'configure', settings });
    if (settings.enabled === false)
      put(at + dice.share() * (now - at), { deed: 'configure', settings: { enabled: true } });
  }
  return steps.sort((a, b) => a.at - b.at);
}

/** Another program reads while the schedule does, and the rows that both read change meanwhile. */
function drawCrowd(dice: Dice, now: number, busyMs: number, put: (at: number, deed: Deed) => void): void {
  put(now + dice.whole(0, busyMs / 4), dice.happens(0.6) ? { deed: 'command' } : drawBackfill(dice));
  for (let n = dice.whole(3, 8); n > 0; n--)
    put(now + dice.whole(0, busyMs), { deed: 'change', rows: dice.pick([1, 2]) });
}

/** Days that may include the one that is not over. */
function drawBackfill(dice: Dice): Deed {
  const fromDaysBack = dice.whole(0, dice.pick([1, 14]));
  return { deed: 'backfill', fromDaysBack, days: dice.whole(1, fromDaysBack + 1) };
}

/** `forms` is how the vendor writes what it writes. */
function drawKnobs(dice: Dice, forms: Dice): Required<Knobs> {
  const noRows = forms.pick(['list', 'list', 'null'] as const);
  const cursors = {
    order: dice.pick(['newest-first', 'oldest-first'] as const),
    fromEnd: dice.pick(['inclusive', 'exclusive'] as const),
    toEnd: dice.pick(['inclusive', 'exclusive'] as const),
    cursor: dice.pick(['sort-key', 'offset', 'snapshot'] as const),
    cursorLife: dice.happens(0.2) ? dice.pick([{ uses: 1 }, { ms: 5 * MINUTE_MS }]) : {},
    emptyPageEvery: dice.happens(0.15) ? dice.whole(2, 4) : undefined,
    shortPageEvery: dice.happens(0.15) ? dice.whole(2, 4) : undefined,
    lastCursor: dice.pick(['null', 'live'] as const),
    noRows,
  };
  const agents = { ...cursors, lastCursor: dice.pick(['null', 'missing', 'live'] as const) };
  const salesloft = {
    shuffleTies: dice.happens(0.2),
    // A team's own limit, of which a fifth is reserved to its other integrations.
    pointsPerMinute: dice.happens(0.2) ? dice.whole(60, 600) : 600,
    noRows,
    precision: forms.pick(['milliseconds', 'milliseconds', 'microseconds', 'seconds', 'mixed'] as const),
    rounding: forms.pick(['cut', 'half-up'] as const),
    offsetMinutes: forms.pick([0, 0, -240, 330]),
    nextPage: forms.pick(['documented', 'documented', 'always'] as const),
  };
  return { crescendo: cursors, salesloft, voiceable: agents, elevenlabs: agents };
}
