import type { DeployedStream } from '../../../contract/environment.ts';
import { isoInstant } from '../../../contract/instant.ts';
import type { Span } from '../../engine/source.ts';
import { countWithin, FLAG } from '../../engine/strict-fields.ts';
import { INSTANT, requestFields, TEXT_LIST } from '../request-fields.ts';

/** A backfill as a person asked for it, understood. */
export interface BackfillAsked {
  readonly span: Span;
  /** The configured streams and tenants that are meant; one at least. */
  readonly streams: readonly DeployedStream[];
  /** How many credentials are read with at the same time. */
  readonly maxConcurrency: number;
  /** Details are fetched although one is held for the same state of the list. */
  readonly refetch: boolean;
}

/**
 * Credentials at the same time, unless the request says otherwise. At a usual concurrency of 4 they take less than half of the 1,000
 * invocations that an account may have at the same time, so that the schedules' runs find room.
 */
const MAX_CONCURRENCY = 100;

/**
 * Reads what the backfill state machine was started with. Without streams or tenants all that are enabled are meant; a disabled
 * tenant must be named. The span must lie before `now`, epoch ms: later rows are for the schedule's runs.
 * @throws ConvlakeError `configuration-invalid` that names the fields which are wrong
 */
export function readBackfillRequest(event: unknown, configured: readonly DeployedStream[], now: number): BackfillAsked {
  const fields = requestFields(event);
  const from = wholeSecond('from');
  const to = wholeSecond('to');
  if (from !== undefined && to !== undefined && from >= to) fields.refuse('from', 'is not before to');
  if (to !== undefined && to > now) fields.refuse('to', `lies in the future; write ${isoInstant(now)} or earlier`);
  const names = choice('streams', new Set(configured.map(({ definition }) => definition.stream)));
  const tenants = choice('tenants', new Set(configured.map(({ tenant }) => tenant)));
  const streams = configured.filter(
    ({ definition, tenant, enabled }) =>
      (!names || names.has(definition.stream)) && (tenants ? tenants.has(tenant) : enabled),
  );
  if (streams.length === 0) fields.refuse('streams and tenants', 'fit nothing that is configured and enabled');
  const maxConcurrency = fields.optional('maxConcurrency', countWithin(1, 1000)) ?? MAX_CONCURRENCY;
  const refetch = fields.optional('refetch', FLAG) ?? false;
  if (refetch && streams.length > 0 && !streams.some(({ definition }) => definition.details)) {
    fields.refuse('refetch', 'is for streams of details, and none of these is one');
  }
  fields.end();
  if (from === undefined || to === undefined) throw new Error('a request without a span was let pass');
  return { span: { from, to }, streams, maxConcurrency, refetch };

  function wholeSecond(name: string): number | undefined {
    const at = fields.optional(name, INSTANT);
    if (at === undefined) fields.refuse(name, 'is missing; write an instant such as 2026-01-01T00:00:00Z');
    else if (at % 1000 !== 0) fields.refuse(name, 'is not on a whole second');
    return at;
  }

  function choice(name: string, there: ReadonlySet<string>): ReadonlySet<string> | undefined {
    const named = fields.optional(name, TEXT_LIST);
    const unknown = named?.filter((one) => !there.has(one)) ?? [];
    if (unknown.length > 0) fields.refuse(name, `are not all configured; there is ${[...there].join(', ')}`);
    return named && new Set(named);
  }
}
