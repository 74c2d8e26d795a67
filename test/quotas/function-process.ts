/**
 * A function with as many environments as it has invocations: loads the artefact once, calls its handler for all events within the same
 * minute, each with Lambda's quarter of an hour, and sends the parent how each ended. Argument: an `Invocations` as JSON.
 */
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

/** Invocations that begin in the same minute. */
export interface Invocations {
  readonly artefact: string;
  readonly events: readonly { readonly stream: string; readonly tenant: string }[];
}

/** How one ended. */
export interface Ended {
  readonly outcome?: string;
  readonly error?: string;
}

const LIMIT_MS = 15 * 60_000;
const MINUTE_MS = 60_000;

const { artefact, events } = JSON.parse(process.argv[2] ?? '') as Invocations;
const { handler } = (await import(pathToFileURL(artefact).href)) as {
  handler: (event: unknown, context: unknown) => Promise<{ readonly outcome: string }>;
};
const ends = await Promise.all(
  events.map(async (event, n): Promise<Ended> => {
    await setTimeout((n / events.length) * MINUTE_MS);
    const deadline = performance.now() + LIMIT_MS;
    const context = {
      awsRequestId: `${event.stream}-${event.tenant}`,
      functionName: 'convlake-test',
      getRemainingTimeInMillis: () => Math.floor(deadline - performance.now()),
    };
    try {
      const { outcome } = await handler(event, context);
      return { outcome };
    } catch (error) {
      return { error: error instanceof Error ? error.message : 'unknown' };
    }
  }),
);
process.send?.(ends, () => process.exit());
