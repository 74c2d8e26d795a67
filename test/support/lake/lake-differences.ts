import { streamDefinition } from '../../../contract/streams.ts';
import { firstInstant, keyIn } from '../../simulator/rows/fields.ts';
import { lakeRows } from '../run/live-export.ts';
import type { Scene } from '../run/scene.ts';
import { detailDifferences, inventedDetails } from './detail-differences.ts';

/** A stream, its vendor's rows (which must be remembered as they are shown), and the lake that they went to. */
export type Exported = Pick<Scene, 'stream' | 'world' | 'lake'> & Partial<Pick<Scene, 'details'>>;

/** How a lake differs from what it should hold. All counts are 0 and all lists are empty when it does not. */
export interface LakeDifferences {
  /** Keys (of rows without one: lines) that should be there and are not. */
  readonly missing: readonly string[];
  /** Keys with more than one line. */
  readonly doubled: readonly string[];
  /** Keys whose line is not the newest one, to the byte. */
  readonly stale: readonly string[];
  /** Lines that lie in another date than their own. */
  readonly misplaced: readonly string[];
  /** Lines of keys that nobody should know. */
  readonly unexpected: readonly string[];
}

/** A lake that holds exactly what it should. */
export const noDifferences: LakeDifferences = { missing: [], doubled: [], stale: [], misplaced: [], unexpected: [] };

/**
 * Compares a scene's lake with its vendor: one line per key, its newest one byte for byte, in its own date. Rows that vanished
 * after they were shown must still be there, as they were shown last. A row without a key is its own key, so every one that was
 * shown stays.
 */
export async function lakeDifferences(scene: Exported): Promise<LakeDifferences> {
  if (scene.details) return detailDifferences(scene, scene.details);
  const definition = streamDefinition(scene.stream);
  const wanted = wantedLines(scene);
  const found = new Map<string, string[]>();
  const misplaced: string[] = [];
  for (const { dt, line } of await lakeRows(scene.lake, definition.table)) {
    const row: unknown = JSON.parse(line);
    const key = keyIn(row, definition.key) ?? line;
    found.set(key, [...(found.get(key) ?? []), line]);
    const us = firstInstant(row, definition.time);
    const own = us === undefined ? undefined : new Date(Math.floor(us / 1000)).toISOString().slice(0, 10);
    if (own !== dt) misplaced.push(`${key} in ${dt}, not ${own}`);
  }
  return {
    missing: [...wanted.keys()].filter((key) => !found.has(key)),
    doubled: [...found].flatMap(([key, lines]) => (lines.length > 1 ? [key] : [])),
    stale: [...found].flatMap(([key, lines]) =>
      wanted.has(key) && !lines.includes(wanted.get(key) ?? '') ? [key] : [],
    ),
    misplaced,
    unexpected: [...found.keys()].filter((key) => !wanted.has(key)),
  };
}

/** Lines of the lake that the vendor never showed. */
export async function inventedLines(scene: Exported): Promise<readonly string[]> {
  if (scene.details) return inventedDetails(scene, scene.details);
  const shown = new Set([...scene.world.shown().values()].flatMap((lines) => [...lines]));
  const lines = await lakeRows(scene.lake, streamDefinition(scene.stream).table);
  return lines.flatMap(({ line }) => (shown.has(line) ? [] : [line]));
}

/** The keys in a scene's lake; of rows without one, their lines. */
export async function lakeKeys({ lake, stream }: Pick<Exported, 'lake' | 'stream'>): Promise<Set<string>> {
  const definition = streamDefinition(stream);
  const lines = await lakeRows(lake, definition.table);
  return new Set(lines.map(({ line }) => keyIn(JSON.parse(line), definition.key) ?? line));
}

function wantedLines({ world }: Pick<Exported, 'world'>): Map<string, string> {
  const wanted = new Map<string, string>();
  for (const [key, lines] of world.shown()) wanted.set(key, [...lines].at(-1) ?? '');
  for (const { key, line } of world.current()) wanted.set(key ?? line, line);
  return wanted;
}
