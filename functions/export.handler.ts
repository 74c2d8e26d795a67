import type { Context } from 'aws-lambda';
import { countingFailures } from './lambda/export/counting-failures.ts';
import { handleExport } from './lambda/export/handle-export.ts';
import { readExportSettings } from './lambda/lambda-settings.ts';
import { openServices } from './lambda/open-services.ts';

/** The bundler puts the configuration here. */
declare const CONVLAKE_STREAMS: string;

const services = openServices(readExportSettings(process.env, CONVLAKE_STREAMS));

/**
 * Exports the streams of one source. Returns what became of a live run, what is left of a backfill's span, or which tenants were
 * started.
 * @throws Error for a run that failed: that fails the invocation
 */
export const handler = (event: unknown, context: Context) =>
  countingFailures(services, () => handleExport(event, context, services));
