import type { Problem, StreamConfiguration } from '../../contract/configuration/configuration.ts';
import { parseIsoInstant } from '../../contract/instant.ts';
import type { RewindableCheckpoints } from '../../functions/checkpoints/rewindable-checkpoints.ts';
import type { Rewind } from '../../functions/engine/checkpoint.ts';
import { hasCode, hasRecovery } from '../../functions/engine/errors.ts';
import type { Flags } from '../options/flags.ts';
import { prepare } from '../options/prepare.ts';
import { UsageError } from '../options/usage-error.ts';
import { print } from '../output/print.ts';
import { instantText, nameOf, several } from '../output/words.ts';
import { storageOf } from '../run/storage.ts';

/**
 * `convlake rewind --to I --yes`: orders the next run of the chosen streams to begin at `I`; several of them with `--all`, before their
 * `start` with `--force`. It writes a record that no run ever writes,
 * so a run that is at work cannot undo it. Rows that are in the lake stay. Resolves to the exit status.
 */
export async function rewindCommand(flags: Flags): Promise<number> {
  const { configuration, streams, typed } = await prepare(flags);
  const to = rewindTo(flags, streams);
  const storage = await storageOf(configuration);
  let status = 0;
  for (const stream of streams) {
    const { source, stream: name } = stream.definition;
    const checkpoints = storage.checkpoints({ source, stream: name, tenant: stream.tenant });
    try {
      const [checkpoint, before] = [await checkpoints.read(), await presentOrder(checkpoints)];
      if (checkpoint && to > checkpoint.watermark) throw tooLate(checkpoint.watermark);
      const epoch = Math.max(checkpoint?.epoch ?? 0, before?.epoch ?? 0) + 1;
      await checkpoints.writeRewind({ epoch, watermark: to, lake: configuration.lake });
      const was = checkpoint ? instantText(checkpoint.watermark) : 'it never ran';
      print(`${nameOf(stream)}: the next run begins at ${instantText(to)} (watermark now: ${was})`);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      status = 1;
      process.stderr.write(`${nameOf(stream)}: ${typed(error.message)}\n`);
    }
  }
  return status;
}

/** One that cannot be made sense of no run obeys, and the new one takes its place. */
async function presentOrder(checkpoints: RewindableCheckpoints): Promise<Rewind | undefined> {
  try {
    return await checkpoints.readRewind();
  } catch (error) {
    if (hasCode(error, 'checkpoint-unreadable') && hasRecovery(error, 'stop-stream')) return undefined;
    throw error;
  }
}

/** Beyond the watermark nothing has been read: going there would leave rows out, and no run does. */
function tooLate(watermark: number): Error {
  return new Error(
    `--to lies after the watermark, ${instantText(watermark)}; a rewind goes back, so nothing was written`,
  );
}

function rewindTo(flags: Flags, streams: readonly StreamConfiguration[]): number {
  const problems: Problem[] = [];
  const { to, yes } = flags;
  const instant = to === undefined ? undefined : parseIsoInstant(to);
  if (instant === undefined) {
    const seen = to === undefined ? 'is missing' : `${JSON.stringify(to)} is not an instant`;
    problems.push({
      path: '--to',
      message: `${seen}; write "2026-01-01T00:00:00Z", with Z or an offset, or a date (UTC)`,
    });
  } else if (instant > Date.now()) {
    problems.push({ path: '--to', message: `${to} lies in the future: rows until then would never be read` });
  }
  if (!yes) {
    const message =
      'is missing; everything from --to on is read again, so say that you mean it (--stream and --tenant choose)';
    problems.push({ path: '--yes', message });
  }
  problems.push(...farther(flags, instant, streams));
  if (instant === undefined || problems.length > 0) throw new UsageError(problems);
  return instant;
}

/** What a slip of the fingers would make of a rewind: years in the place of days, and every stream in the place of one. */
function farther(
  { force, all }: Flags,
  to: number | undefined,
  streams: readonly StreamConfiguration[],
): readonly Problem[] {
  const problems: Problem[] = [];
  const [first, ...others] = streams.filter(({ startMs }) => to !== undefined && to < startMs);
  if (first && !force) {
    const more = others.length > 0 ? ` (${several(others.length, 'other')} too)` : '';
    const message = `lies before the start of ${nameOf(first)}, ${instantText(first.startMs)}${more}; from there on rows are read that no run was to read, so say --force if you mean it`;
    problems.push({ path: '--to', message });
  }
  if (streams.length > 1 && !all) {
    const message = `is missing; ${several(streams.length, 'stream')} would be set back, so choose with --stream and --tenant, or say that you mean all of them`;
    problems.push({ path: '--all', message });
  }
  return problems;
}
