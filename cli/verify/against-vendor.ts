import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import { objectKey } from '../../contract/layout.ts';
import { listDefinition } from '../../contract/streams.ts';
import { KeyTable } from '../../functions/engine/partition/key-table.ts';
import type { CheckpointStore, Codec, Lake } from '../../functions/engine/ports.ts';
import { identifier } from '../../functions/engine/rows/identify.ts';
import { rowEntry } from '../../functions/engine/rows/oversized.ts';
import type { Dialect, Span } from '../../functions/engine/source.ts';
import { compareObject } from '../../functions/engine/verify/compare-object.ts';
import type { Finding } from '../../functions/engine/verify/finding.ts';
import { openFileLake } from '../../functions/lake/file/file-lake.ts';
import type { WiredRun } from '../../functions/wiring/wire-run.ts';
import { several } from '../output/words.ts';
import type { StreamResult } from '../run/stream-result.ts';
import { type OverlayLake, overlayLake } from './overlay-lake.ts';

/** What the vendor says of one stream and tenant. */
export interface VendorVerdict {
  readonly findings: readonly Finding[];
  /** Findings that are counted alone. */
  readonly untold: number;
  readonly notes: readonly string[];
}

/** Reads the vendor again and compares: the run is a backfill like any, whose commits go to a lake of their own over the lake. */
export class AgainstVendor {
  readonly #codec: Codec;
  readonly #showKeys: boolean;
  readonly #span: Span;
  readonly #sides = new Map<StreamConfiguration, Sides>();
  readonly #own: Lake & { close(): Promise<void> };
  readonly #folder: string;

  private constructor(
    { codec, showKeys, span }: { readonly codec: Codec; readonly showKeys: boolean; readonly span: Span },
    folder: string,
    own: Lake & { close(): Promise<void> },
  ) {
    this.#codec = codec;
    this.#showKeys = showKeys;
    this.#span = span;
    this.#folder = folder;
    this.#own = own;
  }

  /** Opens a folder of this user's alone, for what the vendor returns. */
  static async open(parts: {
    readonly codec: Codec;
    readonly showKeys: boolean;
    readonly span: Span;
  }): Promise<AgainstVendor> {
    const folder = await mkdtemp(join(tmpdir(), 'convlake-verify-'));
    return new AgainstVendor(parts, folder, await openFileLake(folder));
  }

  /** Puts a run over the lake. */
  around(wired: WiredRun, stream: StreamConfiguration): WiredRun {
    const returned = new KeyTable();
    const lake = overlayLake(wired.ports.lake, this.#own);
    this.#sides.set(stream, { base: wired.ports.lake, lake, returned });
    return {
      ...wired,
      dialect: recording(wired.dialect, stream, returned),
      ports: { ...wired.ports, lake, checkpoints: noCheckpoints },
    };
  }

  /** What there is to say of a stream that was read. */
  async compare(stream: StreamConfiguration): Promise<VendorVerdict> {
    const sides = this.#sides.get(stream);
    if (!sides) return { findings: [], untold: 0, notes: [] };
    const { definition, tenant } = stream;
    const entry = rowEntry({ definition, tenant, volatile: stream.volatile });
    const { base, lake, returned } = sides;
    const parts = { definition, codec: this.#codec, entry, showKeys: this.#showKeys, is: base, wouldBe: lake };
    const findings: Finding[] = [];
    let untold = 0;
    for (const key of lake.written) {
      const { findings: found } = await compareObject(key, undefined, parts);
      findings.push(...found.told);
      untold += found.untold;
    }
    const onlyInLake = await this.#onlyInLake(stream, parts, returned);
    const note = `${several(onlyInLake, 'row')} of the span only in the lake: the vendor does not return them any more`;
    return { findings, untold, notes: onlyInLake > 0 ? [note] : [] };
  }

  async #onlyInLake(
    { definition: { table }, tenant }: StreamConfiguration,
    parts: Parameters<typeof compareObject>[2],
    returned: KeyTable,
  ): Promise<number> {
    let count = 0;
    for (const key of wholeDays(this.#span).map((dt) => objectKey({ table, tenant, dt }))) {
      count += (await compareObject(key, returned, { ...parts, wouldBe: parts.is })).onlyInLake;
    }
    return count;
  }

  async close(): Promise<void> {
    await this.#own.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

interface Sides {
  readonly base: Lake;
  readonly lake: OverlayLake;
  readonly returned: KeyTable;
}

/** Notes the keys of all rows that the vendor returns. */
function recording(dialect: Dialect, stream: StreamConfiguration, returned: KeyTable): Dialect {
  const identify = identifier(listDefinition(stream.definition));
  return {
    ...dialect,
    readPage(request, page) {
      for (const row of page.rows) {
        const { key } = identify(row);
        if (returned.find(key) < 0) returned.add(key);
      }
      return dialect.readPage(request, page);
    },
  };
}

/** A run that only compares leaves no record. */
const noCheckpoints: CheckpointStore = {
  read: async () => undefined,
  readWithRewind: async () => ({ checkpoint: undefined, rewind: undefined }),
  write: async () => undefined,
  remove: async () => undefined,
};

const DAY_MS = 86_400_000;

function wholeDays({ from, to }: Span): readonly string[] {
  const first = Math.ceil(from / DAY_MS);
  const count = Math.max(0, Math.floor(to / DAY_MS) - first);
  return Array.from({ length: count }, (_, n) => new Date((first + n) * DAY_MS).toISOString().slice(0, 10));
}

/** Why a stream could not be compared; undefined where it was. */
export function notCompared({ outcome, error }: StreamResult): string | undefined {
  return outcome === 'caught up'
    ? undefined
    : (error?.message ?? `the vendor was not read to the end of the span: ${outcome}`);
}
