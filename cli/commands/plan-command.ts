import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import { formatDuration } from '../../contract/duration.ts';
import { isoInstant } from '../../contract/instant.ts';
import { beginningOf } from '../../functions/engine/checkpoint/beginning.ts';
import type { Checkpoint } from '../../functions/engine/checkpoint.ts';
import { ConvlakeError } from '../../functions/engine/errors.ts';
import { type Plan, planRun, type Tasks } from '../../functions/engine/plan/plan.ts';
import { planningNow } from '../../functions/wiring/run-clock.ts';
import { streamSettings } from '../../functions/wiring/stream-settings.ts';
import type { Flags } from '../options/flags.ts';
import { type Prepared, prepare } from '../options/prepare.ts';
import { plainTable } from '../output/plain-table.ts';
import { print } from '../output/print.ts';
import { instantText, nameOf } from '../output/words.ts';
import { dueRevisits } from '../run/due-revisits.ts';
import { type Effort, effortOf } from '../run/effort.ts';
import { lastReport } from '../run/last-report.ts';
import { type LakeView, type Storage, storageOf } from '../run/storage.ts';

/** What the next run of a stream would read, in the terms of `plan --json`. Instants are ISO texts, durations as the configuration has them. */
interface Outlook {
  readonly stream: string;
  readonly tenant: string;
  readonly enabled: boolean;
  /** Null before the first run. */
  readonly watermark: string | null;
  readonly new: (Ends & { readonly windows: number }) | null;
  readonly reread: (Ends & { readonly windows: number; readonly deep: boolean; readonly underWay: boolean }) | null;
  /** What is left of the history of a stream whose rows are fetched one by one; the first run reads what is new before it. */
  readonly history: (Ends & { readonly windows: number }) | null;
  /** How many details are due to be asked for again by id; null where none ever are, and where that could not be read. */
  readonly revisits: number | null;
  /** What that takes, going by the report of the last run that read something; null where there is none. */
  readonly effort: Effort | null;
  readonly every: string;
  readonly window: string;
  readonly lookback: string;
  readonly deepLookback: string;
}

interface Ends {
  readonly from: string;
  readonly to: string;
}

/** `convlake plan`: prints what the next run would read. Makes no request and writes nothing. Resolves to the exit status. */
export async function planCommand(flags: Flags): Promise<number> {
  const prepared = await prepare(flags);
  const storage = await storageOf(prepared.configuration);
  const outlooks: Outlook[] = [];
  let status = 0;
  for (const stream of prepared.streams) {
    try {
      outlooks.push(await outlookOf(stream, prepared, storage));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      status = 1;
      process.stderr.write(`${nameOf(stream)}: ${prepared.typed(error.message)}\n`);
    }
  }
  const text = flags.json ? outlooks.map((outlook) => JSON.stringify(outlook)).join('\n') : outlookTable(outlooks);
  if (outlooks.length > 0) print(text);
  return status;
}

async function outlookOf(
  stream: StreamConfiguration,
  { configuration, lookbackMs, planningNowMs }: Prepared,
  storage: Storage,
): Promise<Outlook> {
  const { definition, tenant, enabled } = stream;
  const settings = streamSettings(stream, configuration.lake, lookbackMs);
  const checkpoints = storage.checkpoints({ source: definition.source, stream: definition.stream, tenant });
  const now = planningNow(Date.now(), planningNowMs);
  const checkpoint = beginningOf(await checkpoints.readWithRewind(), settings, now);
  const plan = planRun(checkpoint, settings, now);
  const windows = plan.fresh.count + (plan.reread?.tasks.count ?? 0) + (plan.history?.count ?? 0);
  return {
    stream: definition.stream,
    tenant,
    enabled,
    watermark: checkpoint ? isoInstant(checkpoint.watermark) : null,
    new: enabled ? spanOf(plan.fresh) : null,
    reread: enabled ? rereadOf(plan, checkpoint?.reread !== undefined) : null,
    history: enabled && plan.history ? spanOf(plan.history) : null,
    revisits: enabled && checkpoint && definition.details ? await revisitsDue(stream, storage, now) : null,
    effort: enabled && checkpoint ? await effortLikeLast(stream, storage, { windows, checkpoint }) : null,
    every: formatDuration(stream.everyMs),
    window: formatDuration(plan.windowMs),
    lookback: formatDuration(settings.lookbackMs),
    deepLookback: formatDuration(settings.deep.lookbackMs),
  };
}

function effortLikeLast(
  stream: StreamConfiguration,
  storage: Storage,
  { windows, checkpoint }: { readonly windows: number; readonly checkpoint: Checkpoint },
): Promise<Effort | null> {
  return looking(stream, storage, 'the report of the last run', async (lake) => {
    const last = await lastReport(lake, stream, checkpoint.updatedAt);
    return last ? effortOf(windows, last) : null;
  });
}

function revisitsDue(stream: StreamConfiguration, storage: Storage, now: number): Promise<number | null> {
  const what = 'what is to be asked for again';
  return looking(stream, storage, what, (lake) => dueRevisits(lake, stream, now));
}

/** A plan without what the lake tells is a plan all the same: what keeps it from being read is told, and no more. */
async function looking<T>(
  stream: StreamConfiguration,
  storage: Storage,
  what: string,
  look: (lake: LakeView) => Promise<T>,
): Promise<T | null> {
  try {
    const lake = await storage.look();
    try {
      return await look(lake);
    } finally {
      await lake.close();
    }
  } catch (error) {
    if (!(error instanceof ConvlakeError)) throw error;
    process.stderr.write(`${nameOf(stream)}: ${what} could not be read: ${error.message}\n`);
    return null;
  }
}

function rereadOf({ reread }: Plan, underWay: boolean): Outlook['reread'] {
  const span = reread ? spanOf(reread.tasks) : null;
  return reread && span ? { ...span, deep: reread.state.deep, underWay } : null;
}

/** The span that tasks cover together. */
function spanOf({ span, count }: Tasks): (Ends & { readonly windows: number }) | null {
  return count === 0 ? null : { from: isoInstant(span.from), to: isoInstant(span.to), windows: count };
}

const HEAD = [
  'stream',
  'tenant',
  'watermark',
  'new',
  'windows',
  're-read',
  'windows',
  'requests',
  'points',
  'minutes',
  'every',
  'window',
  'lookback',
  'deep',
];

/** The columns of histories and of what is asked for again come last, and where no stream has such they do not come. */
function outlookTable(outlooks: readonly Outlook[]): string {
  const some = outlooks.some(({ history }) => history !== null);
  const again = outlooks.some(({ revisits }) => revisits !== null);
  return plainTable(
    [...HEAD, ...(some ? ['history', 'windows'] : []), ...(again ? ['due again'] : [])],
    outlooks.map((outlook) => [
      outlook.stream,
      outlook.enabled ? outlook.tenant : `${outlook.tenant} (disabled)`,
      outlook.watermark === null ? 'none yet' : instantText(Date.parse(outlook.watermark)),
      endsText(outlook.new),
      String(outlook.new?.windows ?? 0),
      endsText(outlook.reread) + (outlook.reread?.deep ? ' (deep)' : ''),
      String(outlook.reread?.windows ?? 0),
      ...effortTexts(outlook.effort),
      outlook.every,
      outlook.window,
      outlook.lookback,
      outlook.deepLookback,
      ...(some ? [endsText(outlook.history), String(outlook.history?.windows ?? 0)] : []),
      ...(again ? [outlook.revisits === null ? '-' : String(outlook.revisits)] : []),
    ]),
  );
}

/** Of requests, those for details apart. */
function effortTexts(effort: Effort | null): readonly string[] {
  if (!effort) return ['no report yet', '', ''];
  const { requests, details, points, minutes } = effort;
  const ofDetails = details === undefined ? '' : ` (${details} details)`;
  return [`about ${requests}${ofDetails}`, points === null ? '-' : String(points), String(minutes)];
}

function endsText(ends: Ends | null): string {
  return ends ? `${instantText(Date.parse(ends.from))} to ${instantText(Date.parse(ends.to))}` : 'nothing';
}
