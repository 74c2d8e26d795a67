import type { StreamResult } from '../run/stream-result.ts';
import { plainTable } from './plain-table.ts';
import { counted, inSeconds, instantText, sized } from './words.ts';

const HEAD = [
  'stream',
  'tenant',
  'outcome',
  'rows read',
  'new',
  'changed',
  'unchanged',
  'objects',
  'bytes',
  'requests',
  'seconds',
  'watermark',
];

/** The results as a table for people, with a line for the sums where there are several, and what else is to be said below it. */
export function resultText(results: readonly StreamResult[]): string {
  const rows = results.map((result) => [
    result.stream,
    result.tenant,
    result.outcome,
    ...countsOf(result),
    inSeconds(result.tookMs),
    result.watermark === undefined ? '-' : instantText(result.watermark),
  ]);
  const sums = ['all', '', '', ...sumOf(results), '', ''];
  const table = plainTable(HEAD, results.length > 1 ? [...rows, sums] : rows, { first: 3, last: 10 });
  return [table, ...results.flatMap(sentencesOf)].join('\n');
}

function countsOf({ rows, objects, requests }: Pick<StreamResult, 'rows' | 'objects' | 'requests'>): string[] {
  const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
  const counts = [rows.read, rows.new, rows.changed, rows.unchanged, objects.length];
  return [...counts.map(counted), sized(bytes), counted(requests)];
}

function sumOf(results: readonly StreamResult[]): string[] {
  const sum = (of: (result: StreamResult) => number) => results.reduce((total, result) => total + of(result), 0);
  return countsOf({
    rows: {
      read: sum(({ rows }) => rows.read),
      new: sum(({ rows }) => rows.new),
      changed: sum(({ rows }) => rows.changed),
      unchanged: sum(({ rows }) => rows.unchanged),
    },
    objects: results.flatMap(({ objects }) => objects),
    requests: sum(({ requests }) => requests),
  });
}

/** What is to be said of a result beyond its numbers: notes, and the error that ended it. */
export function sentencesOf({ stream, tenant, error, notes }: StreamResult): readonly string[] {
  const said = error ? [...notes, error.message] : notes;
  return said.map((text) => (text.startsWith(stream) ? text : `${stream} of ${tenant}: ${text}`));
}
