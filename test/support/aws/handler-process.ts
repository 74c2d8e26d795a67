/**
 * One invocation in a process of its own, as Lambda's runtime would make it: loads the artefact, calls its handler, and sends the
 * parent what came of it. Argument: an `InvocationOrder` as JSON.
 */
import { pathToFileURL } from 'node:url';
import type { InvocationOrder } from './invoke-handler.ts';

const { artefact, event, requestId, looksAtClock } = JSON.parse(process.argv[2] ?? '') as InvocationOrder;
// Time passes by how often the handler looks at it, so that where it ends is the same on every machine.
let looksLeft = looksAtClock;
const context = {
  awsRequestId: requestId,
  functionName: 'convlake-test',
  getRemainingTimeInMillis: () => (looksLeft-- > 0 ? 600_000 : 1_000),
};
const { handler } = (await import(pathToFileURL(artefact).href)) as {
  handler: (event: unknown, context: unknown) => Promise<unknown>;
};
const ended = await handler(event, context).then(
  (returned) => ({ returned }),
  (error: Error) => ({ error: { name: error.name, message: error.message } }),
);
process.send?.(ended, () => process.exit());
