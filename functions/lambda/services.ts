import type { ExportRequest, RunEnded } from '../../contract/events.ts';
import type { Codec } from '../engine/ports.ts';
import type { OpenPool } from '../http/create-http.ts';
import type { S3Lake } from '../lake/s3/s3-lake.ts';
import type { Telemetry } from '../telemetry/open-telemetry.ts';
import type { Time } from '../wiring/run-clock.ts';
import type { ExportFunctionSettings } from './lambda-settings.ts';
import type { Parameters } from './open-parameters.ts';

/** All that an export function's invocations share: made once per cold start. */
export interface Services {
  readonly settings: ExportFunctionSettings;
  readonly version: string;
  readonly telemetry: Telemetry;
  /** One for each run: it remembers what the run committed. */
  readonly openLake: () => S3Lake;
  /** The same for every run. */
  readonly parameters: () => Promise<Parameters>;
  /** Starts an invocation of a function and does not wait for its end. */
  readonly invoke: (functionName: string, request: ExportRequest) => Promise<void>;
  readonly sendEvents: (events: readonly RunEnded[]) => Promise<void>;
  readonly time: Time;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** A new id, unique for all time. */
  readonly newId: () => string;
  /** Gzip, undici's connections and the size of rows too large for a line, unless a simulation has its own. */
  readonly codec?: Codec;
  readonly openPool?: OpenPool;
  readonly oversizedBytes?: number;
}
