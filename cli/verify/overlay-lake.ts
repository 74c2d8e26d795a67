import { ConvlakeError } from '../../functions/engine/errors.ts';
import type { Lake } from '../../functions/engine/ports.ts';

/** A lake as it would be: what is written lies elsewhere, and the lake below stays as it is. */
export interface OverlayLake extends Lake {
  /** The keys of the objects that were written. */
  readonly written: ReadonlySet<string>;
}

/** Lays `own`, which is empty, over `base`. Runs commit to it as to any lake. */
export function overlayLake(base: Lake, own: Lake): OverlayLake {
  const written = new Set<string>();
  const holding = (key: string) => (written.has(key) ? own : base);
  return {
    written,
    tagOf: (key) => holding(key).tagOf(key),
    read: (key, tag) => holding(key).read(key, tag),
    async replace(key, expected, pieces, provenance) {
      if (written.has(key)) return own.replace(key, expected, pieces, provenance);
      const tag = await own.replace(key, undefined, pieces, provenance);
      if ((await base.tagOf(key)) !== expected) throw changed(key);
      written.add(key);
      return tag;
    },
    put: async () => undefined,
    putWhole: (key, pieces) => own.putWhole(key, pieces),
    list: (folder) => base.list(folder),
    remove: async () => undefined,
    openSpool: () => own.openSpool(),
  };
}

function changed(key: string): ConvlakeError {
  return new ConvlakeError('object-changed', 'retry', `${key} was replaced while it was compared`);
}
