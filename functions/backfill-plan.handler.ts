import type { BackfillPlan } from '../contract/events.ts';
import { readBackfillRequest } from './lambda/backfill-plan/backfill-request.ts';
import { planBackfill } from './lambda/backfill-plan/plan-backfill.ts';
import { readStageSettings } from './lambda/lambda-settings.ts';

/** The bundler puts the configuration here. */
declare const CONVLAKE_STREAMS: string;

const { streams } = readStageSettings(process.env, CONVLAKE_STREAMS);

/**
 * Makes the spans of a backfill from what the state machine was started with.
 * @throws ConvlakeError `configuration-invalid` that names the fields which are wrong
 */
export const handler = async (event: unknown): Promise<BackfillPlan> =>
  planBackfill(readBackfillRequest(event, streams, Date.now()));
