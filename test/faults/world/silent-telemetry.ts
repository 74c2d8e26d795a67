import type { Telemetry } from '../../../functions/telemetry/open-telemetry.ts';
import { STAGE } from './names.ts';

const nothing = () => undefined;
/** Telemetry that nobody reads. */
export const silent = {
  stage: STAGE,
  logger: { info: nothing, warn: nothing, error: nothing },
  metrics: {
    clearMetrics: nothing,
    clearDimensions: nothing,
    addDimensions: nothing,
    addMetadata: nothing,
    addMetric: nothing,
    publishStoredMetrics: nothing,
  },
} as unknown as Telemetry;
