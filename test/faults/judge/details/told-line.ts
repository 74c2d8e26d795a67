import {
  type DetailStreamName,
  listStream,
  type StreamDefinition,
  streamDefinition,
} from '../../../../contract/streams.ts';
import { fieldOf, keyIn } from '../../../simulator/rows/fields.ts';
import { instantUs } from '../../../simulator/rows/instants.ts';
import { listedStateOf } from '../../world/details/listed-state.ts';

/** What a line of a detail stream says behind its head. */
export interface ToldLine {
  /** The detail's own text; undefined for a marker. */
  readonly detail: string | undefined;
  /** The vendor has it no more. */
  readonly gone: boolean;
}

const BEHIND_THE_HEAD = /^(?:,"gone":(404|410))?(?:,"failed":(\d{3}|"[a-z-]+"))?(?:,"detail":([[{].*))?\}$/s;

/** The head of the line of a row that is listed as it is: all that stands before what became of its detail. */
export function headOf(stream: DetailStreamName, rowLine: string): string {
  const parent = streamDefinition(listStream(stream));
  const {
    key: [[name] = ['']],
  } = streamDefinition(stream);
  const row: unknown = JSON.parse(rowLine);
  const time = parent.time.map((path) => fieldOf(row, path)).find((value) => instantUs(value) !== undefined);
  const version = parent.version && fieldOf(row, parent.version);
  const told = { [name]: keyOf(parent, row), time, version, listed: listedStateOf(stream, rowLine) };
  return JSON.stringify(told).slice(0, -1);
}

/** What a line with that head says; undefined for one that has another head, or says something else. */
export function toldBehind(head: string, line: string): ToldLine | undefined {
  if (!line.startsWith(head)) return undefined;
  const [told, gone, failed, detail] = BEHIND_THE_HEAD.exec(line.slice(head.length)) ?? [];
  const isOne =
    told !== undefined &&
    (failed === undefined ? gone !== undefined || detail !== undefined : told === `,"failed":${failed}}`);
  return isOne ? { detail, gone: gone !== undefined } : undefined;
}

function keyOf({ key }: StreamDefinition, row: unknown): string {
  return keyIn(row, key) ?? '';
}
