import { isoInstant } from '../../contract/instant.ts';
import type { RunEvent } from '../engine/ports.ts';
import type { Telemetry } from './open-telemetry.ts';

/** What every line of a run's log names. */
export interface LogSubject {
  readonly stream: string;
  readonly tenant: string;
  readonly requestId: string;
}

/**
 * Logs what happens during a run: one line per window, commit, wait and warning, none per page. Instants are ISO texts, the other
 * fields those of the event.
 */
export function logEvent({ logger }: Pick<Telemetry, 'logger'>, subject: LogSubject, happened: RunEvent): void {
  if (happened.event === 'page' || happened.event === 'checkpoint') return;
  if (happened.event === 'warning') {
    logger.warn('warning', { ...subject, event: 'warning', warning: happened.message });
    return;
  }
  const { event, ...fields } = happened;
  logger.info(event, { ...subject, event, ...instantsAsTexts(fields) });
}

function instantsAsTexts(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const instants = new Set(['from', 'to']);
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      instants.has(name) && typeof value === 'number' ? isoInstant(value) : value,
    ]),
  );
}
