import { Buffer } from 'node:buffer';
import type { StreamDefinition } from '../../../contract/streams.ts';
import { hasCode } from '../errors.ts';
import { oversizedReference } from '../rows/oversized.ts';
import { splitDetail } from '../rows/split-detail.ts';
import type { DetailBody } from '../source.ts';

/** What a line of a detail stream begins with: tokens of the listed row as the vendor wrote them, and the state of the list. */
export interface LineHead {
  readonly key: string;
  readonly time: string | undefined;
  readonly version: string | undefined;
  /** `<scheme>.<hash>` */
  readonly listed: string;
}

/** Why a line has no detail: the status with which the vendor said that there is none, or why it never came. */
export type Marker = { readonly gone: number } | { readonly failed: number | string };

/** Writes the lines of one detail stream, and reads details out of them. */
export interface DetailLines {
  /** The line of a detail; `gone` for one that is kept although the vendor has it no more. */
  withDetail(head: LineHead, detail: Uint8Array, gone?: number): Uint8Array;
  /** The line that stands for a detail that could not be fetched. */
  marker(head: LineHead, marker: Marker): Uint8Array;
}

const NAME_OF_DETAIL = 'detail';

/** Of the lines of a stream, whose key is named as its definition says. */
export function detailLines({ key: [[name] = ['id']] }: Pick<StreamDefinition, 'key'>): DetailLines {
  const begin = ({ key, time, version, listed }: LineHead): string => {
    const told = [
      `${JSON.stringify(name)}:${key}`,
      ...(time === undefined ? [] : [`"time":${time}`]),
      ...(version === undefined ? [] : [`"version":${version}`]),
      `"listed":${JSON.stringify(listed)}`,
    ];
    return `{${told.join(',')}`;
  };
  return {
    withDetail: (head, detail, gone) =>
      Buffer.concat([
        Buffer.from(`${begin(head)}${gone === undefined ? '' : `,"gone":${gone}`},"${NAME_OF_DETAIL}":`),
        detail,
        Buffer.from('}'),
      ]),
    marker: (head, marker) => Buffer.from(`${begin(head)},${JSON.stringify(marker).slice(1)}`),
  };
}

/** The detail in a line of the lake; undefined where the line has none, or only refers to one that is too large for it. */
export function detailIn(
  line: Uint8Array,
  fields: Parameters<typeof splitDetail>[1],
): DetailBody['detail'] | undefined {
  if (oversizedReference(line) !== undefined) return undefined;
  try {
    return splitDetail(line, fields, NAME_OF_DETAIL).detail;
  } catch (error) {
    if (hasCode(error, 'body-unexpected')) return undefined;
    throw error;
  }
}
