import { ChunkedArray, type Keys, KeyTable } from '../partition/key-table.ts';
import type { Lake, Tag } from '../ports.ts';
import { type Digest, digestText } from '../rows/identify.ts';
import { splitLines } from '../rows/lines.ts';
import type { RowEntry } from '../rows/oversized.ts';
import { readRowOf } from '../rows/read-row.ts';
import { fieldsToRead, scalarText } from '../rows/row.ts';
import type { CheckParts } from './check-object.ts';
import { Findings } from './finding.ts';

type Side = Pick<Lake, 'read' | 'tagOf'>;

/** An object as it is and as it would be. */
export interface Comparison {
  readonly findings: Findings;
  /** Rows that the lake has and the vendor did not return. */
  readonly onlyInLake: number;
}

/** What comparing needs. */
export interface CompareParts extends Pick<CheckParts, 'definition' | 'codec' | 'showKeys'> {
  readonly entry: RowEntry;
  /** As it is, and as it would be if what the vendor returned were committed. */
  readonly is: Side;
  readonly wouldBe: Side;
}

/**
 * Tells what an object of the lake lacks, and what it has otherwise than the vendor. `returned` are the keys that the vendor returned:
 * undefined where its date was read in part alone.
 * @throws ConvlakeError `object-corrupt`, `lake-unavailable`
 */
export async function compareObject(key: string, returned: Keys | undefined, parts: CompareParts): Promise<Comparison> {
  const held = new Held();
  let onlyInLake = 0;
  for await (const { identity } of rowsOf(parts.is, key, parts)) {
    held.add(identity.key, identity.content);
    if (returned && returned.find(identity.key) < 0) onlyInLake++;
  }
  const findings = new Findings(key);
  for await (const { identity, text } of rowsOf(parts.wouldBe, key, parts)) {
    const state = held.compare(identity.key, identity.content);
    if (state === 'same') continue;
    const named = { row: digestText(identity.key), ...(parts.showKeys && text && { key: text }) };
    const message = state === 'missing' ? 'the vendor has the row' : 'the vendor has the row in another state';
    findings.add(state, message, named);
  }
  return { findings, onlyInLake };
}

/** The keys of an object and the digests of their content. */
class Held {
  readonly #keys = new KeyTable();
  readonly #a = new ChunkedArray((length) => new Uint32Array(length));
  readonly #b = new ChunkedArray((length) => new Uint32Array(length));

  add(key: Digest, { a, b }: Digest): void {
    const found = this.#keys.find(key);
    const index = found < 0 ? this.#keys.add(key) : found;
    this.#a.set(index, a);
    this.#b.set(index, b);
  }

  compare(key: Digest, { a, b }: Digest): 'same' | 'missing' | 'differs' {
    const index = this.#keys.find(key);
    if (index < 0) return 'missing';
    return this.#a.get(index) === a && this.#b.get(index) === b ? 'same' : 'differs';
  }
}

async function* rowsOf(lake: Side, key: string, { definition, codec, entry }: CompareParts) {
  const tag: Tag | undefined = await lake.tagOf(key);
  if (tag === undefined) return;
  const fields = fieldsToRead(definition);
  for await (const { lines } of codec.readMembers(lake.read(key, tag), key)) {
    for (const line of splitLines(lines)) {
      const row = readRowOf(key, line, fields);
      const text = row.tokens.slice(0, definition.key.length).map(scalarText).find(Boolean);
      yield { identity: entry.identify(row), text };
    }
  }
}
