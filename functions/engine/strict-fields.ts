/** A kind of value: what messages call it, and how one is read; undefined for a value of another kind. */
export interface Kind<T> {
  readonly called: string;
  readonly read: (value: unknown) => T | undefined;
}

/**
 * The fields of one object, each read by its name. `Refused` is what comes back for a field that was refused: `never` where
 * refusing throws, `undefined` where problems are collected.
 */
export interface StrictFields<Refused> {
  has(name: string): boolean;
  /** The value of a field; refuses one that is missing or of another kind. */
  take<T>(name: string, kind: Kind<T>): T | Refused;
  /** The fields of the object in a field; refuses anything else. */
  inner(name: string): StrictFields<Refused>;
  /** Refuses every field that nobody asked for: it may have been meant, or a newer version wrote it. */
  end(): void;
}

/** Told of a problem and of the path of what has it, such as `claim.until`; throws or returns. */
export type Refuse<Refused> = (path: string, problem: string) => Refused;

/** Opens the fields of `value`; refuses what is not an object. `path` is where the value stands in what is being read. */
export function strictFields<Refused>(value: unknown, refuse: Refuse<Refused>, path = ''): StrictFields<Refused> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject) refuse(path === '' ? 'it' : path, 'is not an object');
  const fields = new Map<string, unknown>(isObject ? Object.entries(value) : []);
  const asked = new Set<string>();
  const pathOf = (name: string) => (path === '' ? name : `${path}.${name}`);

  return {
    has(name) {
      asked.add(name);
      return fields.has(name);
    },
    take(name, { called, read }) {
      asked.add(name);
      const taken = fields.has(name) ? read(fields.get(name)) : undefined;
      return taken === undefined ? refuse(pathOf(name), `is not ${called}`) : taken;
    },
    inner(name) {
      asked.add(name);
      return strictFields(fields.get(name), refuse, pathOf(name));
    },
    end() {
      for (const name of fields.keys()) {
        if (asked.has(name)) continue;
        // Names come from outside too: quoted and cut, so that none makes a mess of a log.
        refuse(JSON.stringify(pathOf(name).slice(0, 80)), `is not a known field; known are ${[...asked].join(', ')}`);
      }
    },
  };
}

/** A text. */
export const TEXT: Kind<string> = {
  called: 'text',
  read: (value) => (typeof value === 'string' ? value : undefined),
};

/** An object of texts, whose names are for others to judge. */
export const TEXTS: Kind<Readonly<Record<string, string>>> = {
  called: 'an object of texts',
  read(value) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const texts = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    return texts.length === Object.keys(value).length ? Object.fromEntries(texts) : undefined;
  },
};

/** True or false. */
export const FLAG: Kind<boolean> = {
  called: 'true or false',
  read: (value) => (typeof value === 'boolean' ? value : undefined),
};

/** Epoch milliseconds of a UTC instant as `toISOString` writes it. */
export const UTC_INSTANT: Kind<number> = {
  called: 'an instant like 2026-01-02T03:04:05.678Z',
  read(value) {
    if (typeof value !== 'string') return undefined;
    const instant = Date.parse(value);
    // Only what would be written again counts: Date.parse alone takes 30 February and local times.
    return Number.isNaN(instant) || new Date(instant).toISOString() !== value ? undefined : instant;
  },
};

/** A whole number from 0 on. */
export const COUNT: Kind<number> = {
  called: 'a whole number from 0 on',
  read: (value) => wholeWithin(value, 0, Number.MAX_SAFE_INTEGER),
};

/** A whole number within the bounds, both included. */
export function countWithin(least: number, most: number): Kind<number> {
  return { called: `a whole number from ${least} to ${most}`, read: (value) => wholeWithin(value, least, most) };
}

function wholeWithin(value: unknown, least: number, most: number): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most
    ? value
    : undefined;
}
