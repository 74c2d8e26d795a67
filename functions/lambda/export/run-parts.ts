/**
 * What a run needs beyond what every invocation loads: in one module, so that it is one file of the bundle. It is loaded when
 * first needed, since reading code takes a cold start longer than anything else; many files would take longer still.
 */

export { openParameters } from '../open-parameters.ts';
export { invokeFunction } from './invoke-function.ts';
export { runBackfill } from './run-backfill.ts';
export { runLive } from './run-live.ts';
export { sendRunEvents } from './send-run-events.ts';
