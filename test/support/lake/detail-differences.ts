import { Buffer } from 'node:buffer';
import { listDefinition, streamDefinition } from '../../../contract/streams.ts';
import { parseInstant } from '../../../functions/engine/rows/instant.ts';
import { readRow } from '../../../functions/engine/rows/read-row.ts';
import { fieldsToRead, scalarText } from '../../../functions/engine/rows/row.ts';
import type { Details } from '../../simulator/details/details.ts';
import { firstInstant } from '../../simulator/rows/fields.ts';
import { lakeRows } from '../run/live-export.ts';
import type { Exported, LakeDifferences } from './lake-differences.ts';

/** A line of a detail stream, taken apart. */
interface DetailLine {
  readonly key: string;
  /** All before `listed`. */
  readonly head: string;
  readonly gone: boolean;
  readonly failed: boolean;
  /** Undefined for a marker. */
  readonly detail: string | undefined;
}

const LINE =
  /^(\{"[a-z_]+":(.+?)(?:,"time":.+?)?),"listed":"\d+\.[0-9a-f]+"(?:,"gone":(\d+))?(?:,"failed":([^,}]+))?(?:,"detail":(.*))?\}$/s;

/** @throws Error for a line of another form */
function takenApart(line: string): DetailLine {
  const parts = LINE.exec(line);
  if (!parts) throw new Error(`not a line of a detail stream: ${line.slice(0, 200)}`);
  const [, head = '', , gone, failed, detail] = parts;
  const key = Object.values(JSON.parse(`${head}}`) as object)[0];
  return { key: String(key), head, gone: gone !== undefined, failed: failed !== undefined, detail };
}

/**
 * Compares the lake of a detail stream with its vendor: one line for each row with a key that its list has, in that row's own date,
 * with its tokens, and with a detail that the vendor sent for the state in which the row is listed now. Where the vendor has none (any more)
 * a marker stands, or the last one that it sent; where it has an emptied one, or one that is not final, one that it sent before may.
 */
export async function detailDifferences(scene: Exported, details: Details): Promise<LakeDifferences> {
  const definition = streamDefinition(scene.stream);
  const wanted = wantedHeads(scene, details);
  const found = new Map<string, DetailLine[]>();
  const misplaced: string[] = [];
  for (const { dt, line } of await lakeRows(scene.lake, definition.table)) {
    const taken = takenApart(line);
    found.set(taken.key, [...(found.get(taken.key) ?? []), taken]);
    const us = firstInstant(JSON.parse(`${taken.head}}`), definition.time);
    const own = us === undefined ? undefined : new Date(Math.floor(us / 1000)).toISOString().slice(0, 10);
    if (own !== dt) misplaced.push(`${taken.key} in ${dt}, not ${own}`);
  }
  return {
    missing: [...wanted].flatMap(([key, { isThere }]) => (isThere && !found.has(key) ? [key] : [])),
    doubled: [...found].flatMap(([key, lines]) => (lines.length > 1 ? [key] : [])),
    stale: [...found].flatMap(([key, lines]) => {
      const listed = wanted.get(key);
      return listed?.isThere && !lines.some((line) => isRight(line, listed, scene, details)) ? [key] : [];
    }),
    misplaced,
    unexpected: [...found.keys()].filter((key) => !wanted.has(key)),
  };
}

/** Lines whose detail the vendor never sent for that key. */
export async function inventedDetails(scene: Exported, details: Details): Promise<readonly string[]> {
  const lines = await lakeRows(scene.lake, streamDefinition(scene.stream).table);
  return lines.flatMap(({ line }) => {
    const { key, detail } = takenApart(line);
    if (detail === undefined) return [];
    const sent = sentOf(key, scene, details).map(({ text }) => text);
    return sent.includes(detail) || isOfParts(detail, sent) ? [] : [line];
  });
}

/** True for the parts of a detail that changed between two of its pages. */
function isOfParts(detail: string, sent: readonly string[]): boolean {
  if (!detail.startsWith('[')) return false;
  const parts = new Set(sent.flatMap((text) => (JSON.parse(text) as unknown[]).map((part) => JSON.stringify(part))));
  return (JSON.parse(detail) as unknown[]).every((part) => parts.has(JSON.stringify(part)));
}

interface Listed {
  /** False for a row that went: it may have gone before its detail was asked for. */
  readonly isThere: boolean;
  readonly head: string;
  readonly state: string;
}

function isRight(line: DetailLine, listed: Listed, scene: Exported, details: Details): boolean {
  if (line.head !== listed.head) return false;
  const current = details.text(line.key);
  if (line.detail === undefined) return current === undefined || scene.world.row(line.key) === undefined;
  if (line.detail === current && !line.gone) return true;
  const sent = sentOf(line.key, scene, details);
  const mayBeOlder = current === undefined || isEmptied(current) || isOpen(current);
  return sent.some(({ state, text }) => text === line.detail && (mayBeOlder || state === listed.state));
}

/** Of the detail, and of rows of the list that may carry it. */
function sentOf(key: string, { world }: Exported, details: Details) {
  const inList = [...(world.shown().get(key) ?? [])].map((text) => ({ state: details.stateOf(text), text }));
  return [...(details.sent().get(key) ?? []), ...inList];
}

/** What is not final changes all the time, and is asked for again until it is. */
function isOpen(text: string): boolean {
  return /"status":"(?:initiated|in-progress|processing)"/.test(text);
}

function isEmptied(text: string): boolean {
  const detail = JSON.parse(text) as { readonly transcript?: unknown };
  const turns = Array.isArray(detail) ? detail : detail.transcript;
  return Array.isArray(turns) && turns.length === 0;
}

/** What the lines of a stream must begin with, by key: the tokens of the row of the list that is, or was, the newest. */
function wantedHeads({ stream, world }: Exported, details: Details): ReadonlyMap<string, Listed> {
  const parent = listDefinition(streamDefinition(stream));
  const [name = ''] = streamDefinition(stream).key[0] ?? [];
  const fields = fieldsToRead(parent);
  const wanted = new Map<string, Listed>();
  const want = (text: string, isThere: boolean) => {
    const { tokens } = readRow(Buffer.from(text), fields);
    const key = tokens.slice(0, parent.key.length).find((token) => (scalarText(token) ?? '') !== '');
    if (key === undefined) return;
    const times = tokens.slice(parent.key.length, parent.key.length + parent.time.length);
    const time = times.find((token) => parseInstant(token) !== undefined);
    const version = parent.version && tokens[parent.key.length + parent.time.length];
    const head = [
      `{${JSON.stringify(name)}:${key}`,
      ...(time === undefined ? [] : [`"time":${time}`]),
      ...(scalarText(version) === undefined ? [] : [`"version":${version}`]),
    ];
    wanted.set(scalarText(key) ?? '', { isThere, head: head.join(','), state: details.stateOf(text) });
  };
  for (const lines of world.shown().values()) want([...lines].at(-1) ?? '{}', false);
  for (const { line } of world.current()) want(line, true);
  return wanted;
}
