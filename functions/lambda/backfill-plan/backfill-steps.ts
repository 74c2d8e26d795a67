import type { BackfillProgress, BackfillStep } from '../../../contract/backfill.ts';
import type { DeployedStream } from '../../../contract/environment.ts';
import { ConvlakeError } from '../../engine/errors.ts';
import { readBackfillRequest } from './backfill-request.ts';
import { failureReport } from './failure-report.ts';
import { planBackfill } from './plan-backfill.ts';
import { folderOf, type Rest, readRest, roundFiles, type TextFiles } from './round-files.ts';
import { readRoundResults } from './round-results.ts';
import { packItems, type Work } from './work.ts';

/** What the steps of a backfill need. */
export interface BackfillServices {
  readonly streams: readonly DeployedStream[];
  /** What checkpoints call the lake. */
  readonly lake: string;
  readonly files: TextFiles;
  /** Epoch ms. */
  readonly now: () => number;
}

/**
 * One step of the backfill's state machine. Each may be repeated: it writes the same files again.
 * @throws ConvlakeError `configuration-invalid` for a request that is not understood; `backfill-incomplete` with the list of what failed
 */
export async function takeBackfillStep(step: BackfillStep, services: BackfillServices): Promise<BackfillProgress> {
  if (step.step === 'plan') return plan(step, services);
  if (step.step !== 'gather' && step.step !== 'report') throw unknownStep();
  const { progress, redrives } = step;
  const { files } = services;
  const rest = await readRest(files, roundFiles(progress.folder, progress.round).rest);
  const next = { ...progress, round: progress.round + 1, redrives };
  if (step.step === 'gather') {
    const results = await readRoundResults(files, step.manifest);
    const failed = [...rest.failed, ...results.failed];
    return beginRound(files, next, [...results.unfinished, ...rest.later], failed);
  }
  // Failing leaves the state without its end, and a redrive enters such states again; only its count tells that it is one.
  if (redrives === progress.redrives) throw incomplete(progress, rest);
  return beginRound(files, next, rest.failed, []);
}

/** An execution keeps the definition that it began with, which an earlier version may have deployed. */
function unknownStep(): ConvlakeError {
  return new ConvlakeError(
    'configuration-invalid',
    'stop-stream',
    'the event is not a step of a backfill; an execution of an earlier version does not go on: start a new backfill',
  );
}

async function plan(
  { request, execution, redrives }: Extract<BackfillStep, { step: 'plan' }>,
  { streams, lake, files, now }: BackfillServices,
): Promise<BackfillProgress> {
  const asked = readBackfillRequest(request, streams, now());
  const work = planBackfill(asked, lake);
  const first = {
    bucket: files.bucket,
    folder: folderOf(execution),
    round: 1,
    spans: work.length,
    maxConcurrency: asked.maxConcurrency,
    redrives,
  };
  return beginRound(files, first, work, []);
}

/** Writes what a round is to read, and what is left for the rounds after it. */
async function beginRound(
  files: TextFiles,
  round: Omit<BackfillProgress, 'items' | 'pending' | 'failed'>,
  work: readonly Work[],
  failed: Rest['failed'],
): Promise<BackfillProgress> {
  const { items, later } = packItems(work);
  const keys = roundFiles(round.folder, round.round);
  const rest: Rest = { later, failed };
  await files.write(keys.items, JSON.stringify(items));
  await files.write(keys.rest, JSON.stringify(rest));
  return { ...round, items: keys.items, pending: items.length, failed: failed.length };
}

function incomplete({ bucket, folder, round }: BackfillProgress, { failed }: Rest): ConvlakeError {
  const place = `s3://${bucket}/${roundFiles(folder, round).rest}`;
  return new ConvlakeError('backfill-incomplete', 'stop-stream', failureReport(failed, place));
}
