import { ConvlakeError } from '../../engine/errors.ts';
import type { PageRequest } from '../../engine/source.ts';

/** The names that an error message may use. */
export interface Names {
  readonly stream: string;
  readonly tenant: string;
  /** Where the credential comes from, as the configuration writes it: `env:NAME`, `secret:name`. */
  readonly credentialLabel: string;
}

/** A response that is not a page, with what the vendor said in it. */
export interface Refusal {
  readonly status: number;
  readonly message: string | undefined;
}

/** `crescendo.vocconv of tenant alpha`: how messages begin. */
export function subject({ stream, tenant }: Names): string {
  return `${stream} of tenant ${tenant}`;
}

/** The error of a 4xx response (or another one that no retry avoids). */
export function refusalError(names: Names, request: PageRequest, refusal: Refusal): ConvlakeError {
  const { status } = refusal;
  if (status === 401 || status === 403) return credentialRefused(names, refusal);
  if (request.carriesCursor && [400, 404, 410, 422].includes(status)) {
    const message = `${subject(names)}: the vendor refused its own page cursor (${said(refusal)}); the walk begins again`;
    return new ConvlakeError('cursor-refused', 'retry', message, { status });
  }
  const toFix = 'check path, tenant and settings of this stream';
  return new ConvlakeError(
    'request-refused',
    'stop-stream',
    `${subject(names)}: the vendor refused the request (${said(refusal)}); ${toFix}`,
    {
      status,
    },
  );
}

function credentialRefused(names: Names, refusal: Refusal): ConvlakeError {
  const toFix =
    refusal.status === 401
      ? 'renew it where it is kept'
      : 'let it read this stream of this tenant, or configure one that may';
  const message = `${subject(names)}: the credential ${names.credentialLabel} was refused (${said(refusal)}); ${toFix}`;
  return new ConvlakeError('credential-refused', 'stop-stream', message, { status: refusal.status });
}

/** The error of tries that are used up; the next run may find the vendor well. */
export function vendorUnavailable(
  names: Names,
  what: string,
  tries: number,
  from: { cause?: unknown; status?: number },
): ConvlakeError {
  const message = `${subject(names)}: no page after ${tries} tries, the last one ended with ${what}; the next run tries again`;
  return new ConvlakeError('vendor-unavailable', 'retry', message, from);
}

/**
 * The error of a request that fails the same way each time. Salesloft returns 500 for a malformed date for ever
 * (airbytehq/airbyte issue 42883 ran for over 120 hours on one).
 */
export function failsAlike(names: Names, what: string, tries: number, status: number): ConvlakeError {
  const message =
    `${subject(names)}: the same request failed ${tries} times in a row with the same response, ${what}; ` +
    'some vendors do so for a malformed parameter: check the settings of this stream, or ask the vendor';
  return new ConvlakeError('vendor-unavailable', 'stop-stream', message, { status });
}

/** `500 (Internal Server Error)`: status and the vendor's words, where there are any. */
export function said({ status, message }: Refusal): string {
  return message === undefined ? `${status}` : `${status}: ${message}`;
}

/** The error of a wait that the run's time does not reach; nothing is wrong, the next run goes on. */
export function waitTooLong(
  names: Names,
  reason: string,
  wait: { readonly waitMs: number | undefined; readonly leftMs: number },
): ConvlakeError {
  const length = wait.waitMs === undefined ? '' : ` of ${seconds(wait.waitMs)}`;
  const message = `${subject(names)}: ${reason}, and a wait${length} is longer than the ${seconds(wait.leftMs)} left to this run; the next run goes on`;
  return new ConvlakeError('vendor-wait', 'stop-run', message);
}

/** The error of a vendor that stays busy for longer than it is borne, and names no wait; the next run goes on. */
export function staysBusy(names: Names, status: number, busyMs: number): ConvlakeError {
  const message = `${subject(names)}: the vendor responded with ${status} and no wait for ${seconds(busyMs)}; the next run goes on`;
  return new ConvlakeError('vendor-wait', 'stop-run', message, { status });
}

const seconds = (ms: number) => `${Math.ceil(Math.max(0, ms) / 1000)} s`;
