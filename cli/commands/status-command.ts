import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import { formatDuration } from '../../contract/duration.ts';
import { isoInstant } from '../../contract/instant.ts';
import { isClockAhead, refuseClockAhead } from '../../functions/engine/checkpoint/clock-ahead.ts';
import type { Checkpoint } from '../../functions/engine/checkpoint.ts';
import { planningNow } from '../../functions/wiring/run-clock.ts';
import { streamSettings } from '../../functions/wiring/stream-settings.ts';
import type { Flags } from '../options/flags.ts';
import { prepare } from '../options/prepare.ts';
import { plainTable } from '../output/plain-table.ts';
import { print } from '../output/print.ts';
import { instantText, nameOf } from '../output/words.ts';
import { type Storage, storageOf } from '../run/storage.ts';

/** How far a stream has got, in the terms of `status --json`. Instants are ISO texts; null for what there is not. */
interface Status {
  readonly stream: string;
  readonly tenant: string;
  readonly enabled: boolean;
  readonly watermark: string | null;
  /** True where the watermark lies in the future: a clock is or was wrong, and every run fails until a rewind. */
  readonly clockAhead: boolean;
  /** Now minus watermark. */
  readonly freshnessSeconds: number | null;
  /** The own time of the newest row. */
  readonly newestRow: string | null;
  readonly reread: {
    readonly from: string;
    readonly to: string;
    readonly place: string;
    readonly deep: boolean;
  } | null;
  /** What is left of the history, newest day first. */
  readonly history: { readonly from: string; readonly to: string } | null;
  /** The window that is in force, where it is smaller than the configured one. */
  readonly window: string | null;
  readonly claim: { readonly run: string; readonly until: string } | null;
  readonly rewind: { readonly epoch: number; readonly watermark: string } | null;
  readonly updatedAt: string | null;
}

/** `convlake status`: prints how far every stream has got, from the checkpoints alone. Resolves to the exit status. */
export async function statusCommand(flags: Flags): Promise<number> {
  const { configuration, streams, planningNowMs } = await prepare(flags);
  const storage = await storageOf(configuration);
  const now = planningNow(Date.now(), planningNowMs);
  const statuses: Status[] = [];
  let exit = 0;
  for (const stream of streams) {
    try {
      const [status, checkpoint] = await statusOf(stream, storage, now);
      statuses.push(status);
      if (checkpoint && status.clockAhead) {
        refuseClockAhead(checkpoint, streamSettings(stream, configuration.lake), now);
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      exit = 1;
      process.stderr.write(`${nameOf(stream)}: ${error.message}\n`);
    }
  }
  if (statuses.length > 0) {
    print(flags.json ? statuses.map((status) => JSON.stringify(status)).join('\n') : statusTable(statuses));
  }
  return exit;
}

async function statusOf(
  { definition, tenant, enabled }: StreamConfiguration,
  storage: Storage,
  nowMs: number,
): Promise<readonly [Status, Checkpoint | undefined]> {
  const { source, stream } = definition;
  const checkpoints = storage.checkpoints({ source, stream, tenant });
  const { checkpoint, rewind } = await checkpoints.readWithRewind();
  const waiting = rewind && rewind.epoch > (checkpoint?.epoch ?? -1) ? rewind : undefined;
  const status = {
    stream,
    tenant,
    enabled,
    watermark: isoOrNull(checkpoint?.watermark),
    clockAhead: checkpoint !== undefined && !waiting && isClockAhead(checkpoint.watermark, nowMs),
    freshnessSeconds: checkpoint ? Math.round((nowMs - checkpoint.watermark) / 1000) : null,
    newestRow: isoOrNull(checkpoint?.newestRow),
    reread: rereadOf(checkpoint),
    history: historyOf(checkpoint),
    window: checkpoint?.window === undefined ? null : formatDuration(checkpoint.window),
    claim: checkpoint?.claim ? { run: checkpoint.claim.run, until: isoInstant(checkpoint.claim.until) } : null,
    rewind: waiting ? { epoch: waiting.epoch, watermark: isoInstant(waiting.watermark) } : null,
    updatedAt: isoOrNull(checkpoint?.updatedAt),
  };
  return [status, checkpoint];
}

function rereadOf(checkpoint: Checkpoint | undefined): Status['reread'] {
  if (!checkpoint?.reread) return null;
  const { from, to, place, deep } = checkpoint.reread;
  return { from: isoInstant(from), to: isoInstant(to), place: isoInstant(place), deep };
}

function historyOf(checkpoint: Checkpoint | undefined): Status['history'] {
  if (!checkpoint?.history) return null;
  const { from, to } = checkpoint.history;
  return { from: isoInstant(from), to: isoInstant(to) };
}

const HEAD = [
  'stream',
  'tenant',
  'watermark',
  'behind by',
  'newest row',
  're-read',
  'window',
  'at work',
  'last written',
];

/** The history's column comes last, and where no stream has one it does not come. */
function statusTable(statuses: readonly Status[]): string {
  const some = statuses.some(({ history }) => history !== null);
  return plainTable(
    some ? [...HEAD, 'history'] : HEAD,
    statuses.map((status) => [
      status.stream,
      status.enabled ? status.tenant : `${status.tenant} (disabled)`,
      watermarkText(status),
      behindBy(status),
      shown(status.newestRow),
      downText(status.reread?.place, status.reread?.from),
      status.window ?? '',
      status.claim ? `until ${shown(status.claim.until)}` : '',
      shown(status.updatedAt),
      ...(some ? [downText(status.history?.to, status.history?.from)] : []),
    ]),
  );
}

/** A watermark within the skew of two clocks is no news to anybody: nothing is behind then. */
function behindBy({ freshnessSeconds, clockAhead }: Status): string {
  if (clockAhead) return 'clock ahead';
  return freshnessSeconds === null ? '' : formatDuration(Math.max(0, freshnessSeconds) * 1000);
}

function watermarkText({ watermark, rewind }: Status): string {
  const text = watermark === null ? 'never ran' : shown(watermark);
  return rewind ? `${text}, to be set to ${shown(rewind.watermark)} by the next run` : text;
}

/** How far something that is read newest day first has yet to go. */
function downText(place: string | undefined, from: string | undefined): string {
  return place === undefined || from === undefined ? '' : `from ${shown(place)} down to ${shown(from)}`;
}

function shown(at: string | null): string {
  return at === null ? '' : instantText(Date.parse(at));
}

function isoOrNull(at: number | undefined): string | null {
  return at === undefined ? null : isoInstant(at);
}
