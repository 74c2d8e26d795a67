import { isoInstant } from '../../contract/instant.ts';
import { UNDATED_PARTITION } from '../../contract/layout.ts';
import type { Outcome, RunSummary } from '../../functions/engine/settings.ts';
import { instantText, several } from '../output/words.ts';

/** What became of one stream and tenant, for people and scripts. */
export interface StreamResult {
  readonly stream: string;
  readonly tenant: string;
  readonly outcome: Outcome;
  readonly rows: { readonly read: number; readonly new: number; readonly changed: number; readonly unchanged: number };
  /** HTTP requests, further tries included. */
  readonly requests: number;
  /** What was written. `rows` and `bytes` are the object's, `changed` says how many of its rows were added or replaced. */
  readonly objects: RunSummary['objects'];
  /** Epoch ms; undefined where a run failed before it knew. */
  readonly watermark: number | undefined;
  readonly tookMs: number;
  /** What people should know besides, each a sentence without its full stop. */
  readonly notes: readonly string[];
  readonly error?: Error;
}

/** The result of a run. */
export function resultOf(summary: RunSummary): StreamResult {
  const { stream, tenant, outcome, rows, requests, objects, watermark, tookMs, error } = summary;
  const { read, new: added, changed, unchanged } = rows;
  return {
    stream,
    tenant,
    outcome,
    rows: { read, new: added, changed, unchanged },
    requests,
    objects,
    watermark,
    tookMs,
    notes: notesOn(summary),
    ...(error ? { error } : {}),
  };
}

function notesOn({ stoppedBy, history, reconciled, rows, details }: RunSummary): readonly string[] {
  return [
    ...(history
      ? [
          `the history from ${instantText(history.from)} to ${instantText(history.to)} has yet to be read; the next run goes on`,
        ]
      : []),
    ...(stoppedBy === 'vendor' ? ['the vendor asked for a wait longer than the time left; the next run goes on'] : []),
    ...(reconciled
      ? []
      : ['fewer rows came than the vendor itself counts, even in its shortest windows; what came is committed']),
    ...(rows.outsideTable > 0
      ? [
          `${several(rows.outsideTable, 'row')} of days that the table does not show (setting tableFrom); they are in the lake`,
        ]
      : []),
    ...(rows.oversized > 0
      ? [`${several(rows.oversized, 'row')} too large for a line, kept whole in objects of their own (field oversized)`]
      : []),
    ...(details ? notesOnDetails(details) : []),
    ...(rows.undated > 0
      ? [`${several(rows.undated, 'row')} without a usable time, kept under ${UNDATED_PARTITION}`]
      : []),
  ];
}

function notesOnDetails({ gone, failed, erased, suspicious }: NonNullable<RunSummary['details']>): readonly string[] {
  const told: readonly (readonly [number, string])[] = [
    [gone, 'of which the vendor has no detail; a held one stays'],
    [failed, 'whose detail could not be fetched; it is asked for again'],
    [erased, 'whose detail the vendor has erased'],
    [suspicious, 'whose detail came empty, without a word of why; the held one stays'],
  ];
  return told.filter(([ids]) => ids > 0).map(([ids, what]) => `${several(ids, 'id')} ${what}`);
}

/** A line of `--json`, without a line end. Scripts depend on it. `typed` completes the commands that an error names. */
export function jsonLine(
  { stream, tenant, outcome, rows, requests, objects, watermark, error }: StreamResult,
  typed: (message: string) => string,
): string {
  return JSON.stringify({
    stream,
    tenant,
    outcome,
    rows,
    requests,
    objects,
    watermark: watermark === undefined ? null : isoInstant(watermark),
    ...(error ? { error: typed(error.message) } : {}),
  });
}

/** The exit status of a command: interrupted before failed before out of time before all is well. */
export function exitStatus(outcomes: readonly Outcome[], interrupted: boolean): number {
  if (interrupted) return 130; // 128 and the number of SIGINT, as shells have it
  if (outcomes.includes('failed')) return 1;
  return outcomes.includes('out of time') ? 3 : 0;
}
