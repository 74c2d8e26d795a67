import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import { planningNow } from '../../functions/wiring/run-clock.ts';
import type { Flags } from '../options/flags.ts';
import { type Prepared, prepare } from '../options/prepare.ts';
import { UsageError } from '../options/usage-error.ts';
import { print } from '../output/print.ts';
import { instantText, nameOf } from '../output/words.ts';
import { type Storage, storageOf } from '../run/storage.ts';
import { isWell } from '../status/judge.ts';
import { readEvidence } from '../status/read-evidence.ts';
import { redraw } from '../status/redraw.ts';
import { type Status, statusOf } from '../status/status.ts';
import { sentencesOn, statusTable } from '../status/status-table.ts';

const REDRAW_MS = 5000;

/** What one look found. */
interface Look {
  readonly statuses: readonly Status[];
  /** Why the reports of runs could not be read. */
  readonly unread: readonly string[];
}

/**
 * `convlake status`: prints how every stream is, from checkpoints and run reports alone. Resolves to the exit status: 1 where something
 * could not be read or a clock is ahead; with `--check` also unless every stream is ok or paused.
 * @throws UsageError
 */
export async function statusCommand(flags: Flags): Promise<number> {
  const prepared = await prepare(flags);
  if (flags.watch) refuseUnwatchable(flags);
  const storage = await storageOf(prepared.configuration);
  const look = () => lookAt(prepared, storage);
  return flags.watch ? watch(look) : report(await look(), flags);
}

function refuseUnwatchable({ json, check }: Flags): void {
  const path = '--watch';
  if (json || check) {
    throw new UsageError([{ path, message: 'redraws a table for people; leave out --json and --check, or --watch' }]);
  }
  if (!process.stdout.isTTY) {
    throw new UsageError([{ path, message: 'redraws the screen of a terminal, and this is not one; leave it out' }]);
  }
}

async function lookAt({ configuration, streams, planningNowMs, typed }: Prepared, storage: Storage): Promise<Look> {
  const { evidence, unread } = await readEvidence(streams, configuration, storage);
  const now = planningNow(Date.now(), planningNowMs);
  const statuses = evidence.map((one) => typedStatus(statusOf(one, now), typed));
  return {
    statuses,
    unread: [...unread].slice(0, 1).map(([stream, { message }]) => unreadText(stream, unread.size, message)),
  };
}

/** What keeps the reports of one from being read keeps those of others too. */
function unreadText(stream: StreamConfiguration, count: number, message: string): string {
  const others = count > 1 ? ` and of ${count - 1} more` : '';
  return `the run reports of ${nameOf(stream)}${others} could not be read: ${message}`;
}

function typedStatus(status: Status, typed: (text: string) => string): Status {
  const { toFix, error } = status;
  return {
    ...status,
    toFix: toFix === null ? null : typed(toFix),
    error: error && { ...error, message: typed(error.message) },
  };
}

function report({ statuses, unread }: Look, { json, check }: Flags): number {
  const broken = statuses.filter(({ health }) => health === 'clock ahead' || health === 'unknown');
  const others = statuses.filter((status) => !broken.includes(status));
  if (json) print(statuses.map((status) => JSON.stringify(status)).join('\n'));
  else print([statusTable(statuses), ...sentencesOn(others)].join('\n'));
  for (const text of [...unread, ...sentencesOn(broken)]) process.stderr.write(`${text}\n`);
  if (broken.length > 0 || unread.length > 0) return 1;
  return check && !statuses.every(({ health }) => isWell(health)) ? 1 : 0;
}

/** Those that something is to be done about come first, where a screen has no room for all. */
async function watch(look: () => Promise<Look>): Promise<number> {
  const controller = new AbortController();
  // Nothing is written, so a second press may end it in the middle of a look.
  const end = () => (controller.signal.aborted ? process.exit(0) : controller.abort());
  process.on('SIGINT', end).on('SIGTERM', end);
  const frame = async () => {
    const { statuses, unread } = await look();
    const sorted = statuses.toSorted((a, b) => Number(isWell(a.health)) - Number(isWell(b.health)));
    const title = `${instantText(Date.now())}, every ${REDRAW_MS / 1000} s; Ctrl-C ends`;
    return [title, '', ...statusTable(sorted).split('\n'), '', ...unread, ...sentencesOn(sorted)];
  };
  await redraw(frame, process.stdout, REDRAW_MS, controller.signal);
  return 0;
}
