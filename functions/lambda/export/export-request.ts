import type { DeployedStream } from '../../../contract/environment.ts';
import { MOST_HOPS } from '../../../contract/environment.ts';
import type { ExportRequest } from '../../../contract/events.ts';
import { isoInstant } from '../../../contract/instant.ts';
import type { Span } from '../../engine/source.ts';
import { countWithin, FLAG, TEXT } from '../../engine/strict-fields.ts';
import type { ExportFunctionSettings } from '../lambda-settings.ts';
import { INSTANT, type RequestFields, requestFields } from '../request-fields.ts';

/** What an export function was asked, understood. */
export interface Asked {
  /** The request as it came, for those who pass it on. */
  readonly request: ExportRequest;
  /** Whose rows are to be read: the configured tenants of the stream that are meant. */
  readonly tenants: readonly DeployedStream[];
  /** A past span, on whole seconds; undefined for a live run. */
  readonly span: Span | undefined;
  /** What planning is to call now, epoch ms; undefined for the real now. */
  readonly planningNowMs: number | undefined;
}

/** What the function that is asked was deployed with. */
type Deployed = Pick<ExportFunctionSettings, 'streams' | 'lake'>;

/**
 * Reads the event of an export function, whose `configured` streams it may name. Without a tenant all that are enabled are meant.
 * @throws ConvlakeError `configuration-invalid` that names the fields which are wrong
 */
export function readExportRequest(event: unknown, { streams: configured, lake }: Deployed): Asked {
  const fields = requestFields(event);
  const own = readStream(fields, configured);
  const tenant = fields.optional('tenant', TEXT);
  const tenants = own.filter((stream) => (tenant === undefined ? stream.enabled : stream.tenant === tenant));
  if (own.length > 0 && tenant !== undefined && tenants.length === 0) fields.refuse('tenant', 'is not configured');
  const span = readSpan(fields, tenant);
  const plannedFor = readLake(fields, lake);
  const planningNowMs = fields.optional('now', INSTANT);
  const windowMs = fields.optional('windowMs', countWithin(60_000, 86_400_000));
  const refetch = readRefetch(fields, own, span);
  const hop = fields.optional('hop', countWithin(0, MOST_HOPS));
  const continues = fields.optional('continues', TEXT);
  fields.end();
  const [stream] = own;
  if (!stream) throw new Error('a request that names no stream was let pass');
  const request: ExportRequest = {
    stream: stream.definition.stream,
    ...(tenant !== undefined && { tenant }),
    ...(span && { from: isoInstant(span.from), to: isoInstant(span.to) }),
    ...(plannedFor !== undefined && { lake: plannedFor }),
    ...(planningNowMs !== undefined && { now: isoInstant(planningNowMs) }),
    ...(windowMs !== undefined && { windowMs }),
    ...(refetch && { refetch }),
    ...(hop !== undefined && { hop }),
    ...(continues !== undefined && { continues }),
  };
  return { request, tenants, span, planningNowMs };
}

function readStream(fields: RequestFields, configured: readonly DeployedStream[]): readonly DeployedStream[] {
  const name = fields.optional('stream', TEXT);
  const own = configured.filter(({ definition }) => definition.stream === name);
  if (own.length === 0) {
    const names = [...new Set(configured.map(({ definition }) => definition.stream))].join(', ');
    fields.refuse(
      'stream',
      `${name === undefined ? 'is missing' : 'is not one of this function'}; write one of ${names}`,
    );
  }
  return own;
}

function readSpan(fields: RequestFields, tenant: string | undefined): Span | undefined {
  const [from, to] = [fields.optional('from', INSTANT), fields.optional('to', INSTANT)];
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined || to === undefined) fields.refuse('from and to', 'belong together');
  else if (from >= to || from % 1000 !== 0 || to % 1000 !== 0)
    fields.refuse('from', 'is not before to, both on whole seconds');
  if (tenant === undefined) fields.refuse('tenant', 'is missing; a span is read for one tenant');
  return from === undefined || to === undefined ? undefined : { from, to };
}

/** The state machine says of every span whether it is to be fetched again; of a list there is nothing to fetch. */
function readRefetch(fields: RequestFields, own: readonly DeployedStream[], span: Span | undefined): boolean {
  const refetch = fields.optional('refetch', FLAG) ?? false;
  if (refetch && !span) fields.refuse('refetch', 'is for a span; give from and to');
  return refetch && own.some(({ definition }) => definition.details !== undefined);
}

/** A backfill may be redriven for weeks, and the stage deployed to another lake meanwhile: its rows would lie in both by halves. */
function readLake(fields: RequestFields, own: string): string | undefined {
  const lake = fields.optional('lake', TEXT);
  if (lake !== undefined && lake !== own) {
    fields.refuse(
      'lake',
      `is ${lake}, for which the span was planned, and this function writes ${own}; ${NEW_BACKFILL}`,
    );
  }
  return lake;
}

const NEW_BACKFILL = 'start a new backfill, which plans for the lake of now';
