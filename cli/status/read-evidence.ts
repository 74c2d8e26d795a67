import type { Configuration, StreamConfiguration } from '../../contract/configuration/configuration.ts';
import { asError, ConvlakeError } from '../../functions/engine/errors.ts';
import { inParallel } from '../../functions/engine/in-parallel.ts';
import { errnoOf } from '../../functions/files/file-failure.ts';
import { type RunReports, runReports } from '../run/run-reports.ts';
import type { LakeView, Storage } from '../run/storage.ts';
import type { Evidence } from './judge.ts';
import { type RecentRuns, recentRuns } from './recent-runs.ts';

/** As many streams look into the lake at once: S3 answers each in some tens of milliseconds, and a connection serves one. */
const LOOKS_AT_ONCE = 32;

const NO_RUNS: RecentRuns = { last: undefined, failures: 0 };

/** What is known of the streams, in their order, and why reports could not be read, where they could not. */
export interface Known {
  readonly evidence: readonly Evidence[];
  readonly unread: ReadonlyMap<StreamConfiguration, Error>;
}

/** Looks at the checkpoints of streams and at the reports of their runs. Nothing is made, and no request goes to a vendor. */
export async function readEvidence(
  streams: readonly StreamConfiguration[],
  { lake }: Configuration,
  storage: Storage,
): Promise<Known> {
  const owners = streams.map(({ definition: { source, stream }, tenant }) => ({ source, stream, tenant }));
  const [records, view] = await Promise.all([storage.records(owners), lookAt(storage)]);
  const runs = new Map<StreamConfiguration, RecentRuns>();
  const unread = new Map<StreamConfiguration, Error>();
  try {
    const reports = view instanceof Error || !view ? view : runReports(view);
    const enabled = streams.map((stream, at) => ({ stream, at })).filter(({ stream }) => stream.enabled);
    await inParallel(enabled, LOOKS_AT_ONCE, async ({ stream, at }) => {
      const found = records[at];
      const writtenAt = found instanceof Error ? undefined : found?.checkpoint?.updatedAt;
      const recent = await recentOf(stream, reports, writtenAt);
      if (!(recent instanceof Error)) runs.set(stream, recent);
      else if (!(found instanceof Error)) unread.set(stream, recent); // else that is told already
    });
  } finally {
    if (view && !(view instanceof Error)) await view.close();
  }
  const nothing = { checkpoint: undefined, rewind: undefined };
  const evidence = streams.map((stream, at) => ({
    stream,
    lake,
    records: records[at] ?? nothing,
    runs: runs.get(stream) ?? NO_RUNS,
  }));
  return { evidence, unread };
}

/** The real clock dates reports, whatever `--now` says. */
async function recentOf(
  stream: StreamConfiguration,
  reports: RunReports | Error | undefined,
  writtenAt: number | undefined,
): Promise<RecentRuns | Error> {
  if (reports === undefined) return NO_RUNS;
  if (reports instanceof Error) return reports;
  return recentRuns(reports, stream, { now: Date.now(), writtenAt }).catch(known);
}

/** Undefined for a folder that is not there yet. */
async function lookAt(storage: Storage): Promise<LakeView | Error | undefined> {
  return storage.look().catch((error: unknown) => {
    const failure = known(error);
    return errnoOf(failure.cause) === 'ENOENT' ? undefined : failure;
  });
}

/** @throws what is not an error of ours */
function known(error: unknown): Error {
  if (error instanceof ConvlakeError) return error;
  throw asError(error);
}
