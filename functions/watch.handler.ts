import type { Context } from 'aws-lambda';
import { readParameters } from './checkpoints/ssm-parameter.ts';
import { readStageSettings } from './lambda/lambda-settings.ts';
import { patientCall } from './lambda/patient-call.ts';
import { watchStreams } from './lambda/watch/watch-streams.ts';
import { openTelemetry } from './telemetry/open-telemetry.ts';
import { openSsm } from './wiring/open-ssm.ts';
import { realTime } from './wiring/run-clock.ts';

/** The bundler puts the configuration here. */
declare const CONVLAKE_STREAMS: string;

const { stage, streams } = readStageSettings(process.env, CONVLAKE_STREAMS);
const client = openSsm();
const telemetry = openTelemetry(stage);
const host = { time: realTime, random: Math.random };

/** Tells how old each stream is, from outside of the runs. @throws Error when a checkpoint could not be read */
export const handler = (_event: unknown, context: Context) => {
  const call = patientCall(host, () => context.getRemainingTimeInMillis());
  const read = (names: readonly string[]) => readParameters(client, names, call);
  return watchStreams({ telemetry, streams, readParameters: read }, Date.now());
};
