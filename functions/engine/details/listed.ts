import type { DetailDefinition, FieldPath, StreamDefinition } from '../../../contract/streams.ts';
import { type Digest, digest, digestText, type Identity, identifier } from '../rows/identify.ts';
import { parseInstant } from '../rows/instant.ts';
import type { IdentifiedRow } from '../rows/oversized.ts';
import { fieldsToRead, scalarText } from '../rows/row.ts';
import type { Row } from '../source.ts';
import type { LineHead } from './detail-line.ts';

/** A listed row whose detail may have to be fetched. */
export interface Wanted {
  /** The text of its key, by which the vendor is asked. */
  readonly id: string;
  readonly head: LineHead;
  /** Under each scheme of the catalogue, the digest of the state that it is listed in. */
  readonly states: readonly Digest[];
  readonly identity: Pick<Identity, 'key' | 'dt' | 'time' | 'version'>;
  /** The tick of the request that listed it. */
  readonly readAt: number;
}

/** Whether what is held was fetched for the state that the row is listed in, by the fields of whichever scheme it names. */
export function isOfState({ states }: Pick<Wanted, 'states'>, held: Pick<Digest, 'a' | 'b'>): boolean {
  return states.some(({ a, b }) => a === held.a && b === held.b);
}

/** A row of the parent's list. */
export interface ListedRow extends IdentifiedRow {
  /** Undefined for a row without a key, which has no detail that could be asked for. */
  readonly wanted: Wanted | undefined;
  /** The tokens of the fields that the source asked for beyond. */
  readonly beyond: Row['tokens'];
}

/** How rows of a parent's list are read. */
export interface ListReader {
  /** In the order of their tokens. The first are those of the parent's own definition, as its dialect knows them. */
  readonly fields: readonly FieldPath[];
  read(row: Row, readAt: number): ListedRow;
}

/** The reader of the rows of `parent`; `beyond` are the fields that the source asks for. */
export function listReader(
  parent: StreamDefinition,
  { changes }: DetailDefinition,
  beyond: readonly FieldPath[],
): ListReader {
  const own = fieldsToRead(parent);
  const fields = [...own, ...changes.flat(), ...beyond];
  const identify = identifier(parent);
  const versionSlot = parent.version ? parent.key.length + parent.time.length : undefined;

  const statesOf = (tokens: Row['tokens']): readonly string[] => {
    let end = own.length;
    return changes.map((scheme, index) => {
      const from = end;
      end += scheme.length;
      return stateOf(index + 1, tokens.slice(from, end));
    });
  };
  const keyOf = (tokens: Row['tokens']) =>
    tokens.slice(0, parent.key.length).find((token) => (scalarText(token) ?? '') !== '');

  return {
    fields,
    read(row, readAt) {
      const identity = identify(row);
      const { tokens } = row;
      const key = keyOf(tokens);
      const states = statesOf(tokens);
      const listed = states.at(-1) ?? stateOf(0, []);
      const head = key !== undefined && {
        key,
        time: tokens.slice(parent.key.length, parent.key.length + parent.time.length).find(isInstant),
        version: versionSlot === undefined ? undefined : scalarToken(tokens[versionSlot]),
        listed,
      };
      const wanted = head
        ? { id: scalarText(head.key) ?? '', head, states: states.map(digest), identity, readAt }
        : undefined;
      return { row, identity, wanted, beyond: tokens.slice(fields.length - beyond.length) };
    },
  };
}

/** `<scheme>.<hash>` of the tokens of a scheme's fields. A field that is null says no more than one that is not there. */
function stateOf(scheme: number, tokens: Row['tokens']): string {
  // No token holds a line feed: strings cannot, and between tokens they are taken out.
  const text = tokens.map((token) => (token === undefined || token === 'null' ? '' : token)).join('\n');
  return `${scheme}.${digestText(digest(text))}`;
}

function isInstant(token: string | undefined): token is string {
  return parseInstant(token) !== undefined;
}

function scalarToken(token: string | undefined): string | undefined {
  return scalarText(token) === undefined ? undefined : token;
}
