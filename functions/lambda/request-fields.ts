import { ConvlakeError } from '../engine/errors.ts';
import { type Kind, strictFields } from '../engine/strict-fields.ts';

/** The fields of an event; what is wrong is said all at once, with the field's name. */
export interface RequestFields {
  /** Undefined where the field is not there, or null, or refused. */
  optional<T>(name: string, kind: Kind<T>): T | undefined;
  refuse(name: string, problem: string): void;
  /** @throws ConvlakeError `configuration-invalid` with every problem, unknown fields among them */
  end(): void;
}

const INSTANT_FORM = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** Epoch ms of an ISO text with `Z` or an offset. */
export const INSTANT: Kind<number> = {
  called: 'an instant such as 2026-01-01T00:00:00Z',
  read(value) {
    const at = typeof value === 'string' && INSTANT_FORM.test(value) ? Date.parse(value) : Number.NaN;
    return Number.isNaN(at) ? undefined : at;
  },
};

/** One text at least. */
export const TEXT_LIST: Kind<readonly string[]> = {
  called: 'a list of texts',
  read: (value) =>
    Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string') ? value : undefined,
};

/** Opens an event. */
export function requestFields(event: unknown): RequestFields {
  const problems: string[] = [];
  const refuse = (name: string, problem: string): undefined => {
    problems.push(`${name} ${problem}`);
    return undefined;
  };
  const fields = strictFields(withoutNulls(event), refuse);
  return {
    optional: (name, kind) => (fields.has(name) ? fields.take(name, kind) : undefined),
    refuse,
    end() {
      fields.end();
      if (problems.length === 0) return;
      throw new ConvlakeError(
        'configuration-invalid',
        'stop-stream',
        `the event is not understood: ${problems.join('; ')}`,
      );
    },
  };
}

/** Templates of events write null where they have no value. */
function withoutNulls(event: unknown): unknown {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return event;
  return Object.fromEntries(Object.entries(event).filter(([, value]) => value !== null));
}
