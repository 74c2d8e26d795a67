import { ConvlakeError } from '../engine/errors.ts';

/** The fields of an event, read one by one; what is wrong is said all at once, with the field's name. */
export interface RequestFields {
  /** Undefined where the field is not there, or null. */
  text(name: string): string | undefined;
  /** Epoch ms of an ISO text with `Z` or an offset. */
  instant(name: string): number | undefined;
  /** A whole number within the bounds, both included. */
  count(name: string, least: number, most: number): number | undefined;
  texts(name: string): readonly string[] | undefined;
  refuse(name: string, problem: string): void;
  /** @throws ConvlakeError `configuration-invalid` with every problem */
  end(): void;
}

const instantForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** Opens an event. A field that nobody knows is a mistake, for it may have been meant. */
export function requestFields(event: unknown, known: readonly string[]): RequestFields {
  const problems: string[] = [];
  const fields = new Map<string, unknown>();
  if (typeof event === 'object' && event !== null && !Array.isArray(event)) {
    for (const [name, value] of Object.entries(event)) if (value !== null) fields.set(name, value);
  } else {
    problems.push('it is no object');
  }
  const refuse = (name: string, problem: string) => void problems.push(`${name} ${problem}`);
  for (const name of fields.keys()) {
    if (!known.includes(name)) refuse(JSON.stringify(name.slice(0, 40)), `is no field; fields are ${known.join(', ')}`);
  }

  const text = (name: string): string | undefined => {
    const value = fields.get(name);
    if (value === undefined || typeof value === 'string') return value;
    refuse(name, 'is no text');
    return undefined;
  };
  return {
    text,
    instant(name) {
      const written = text(name);
      if (written === undefined) return undefined;
      const at = instantForm.test(written) ? Date.parse(written) : Number.NaN;
      if (!Number.isNaN(at)) return at;
      refuse(name, 'is no instant such as 2026-01-01T00:00:00Z');
      return undefined;
    },
    count(name, least, most) {
      const value = fields.get(name);
      if (value === undefined) return undefined;
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
      refuse(name, `is no whole number from ${least} to ${most}`);
      return undefined;
    },
    texts(name) {
      const value = fields.get(name);
      if (value === undefined) return undefined;
      if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string')) return value;
      refuse(name, 'is no list of texts');
      return undefined;
    },
    refuse,
    end() {
      if (problems.length === 0) return;
      throw new ConvlakeError(
        'configuration-invalid',
        'stop-stream',
        `the event is not understood: ${problems.join('; ')}`,
      );
    },
  };
}
