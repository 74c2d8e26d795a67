/**
 * The vendors' own sample programs: collect the rows of all pages, then write them, here as an object for each day. Prints what it cost
 * as one line of JSON. Arguments: settings as JSON.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { measured } from '../measured.ts';
import { type ParsedRow, vendorPages } from '../vendor-pages.ts';
import type { ExportJob } from './export-child.ts';

const job = JSON.parse(process.argv[2] ?? '') as ExportJob;

await measured(async () => {
  const all: ParsedRow[] = [];
  for await (const page of vendorPages(job, { from: job.since, to: job.now })) all.push(...page);
  const byDate = Map.groupBy(all, ({ DatetimeUTC }) => DatetimeUTC.slice(0, 10));
  for (const [date, rows] of byDate) {
    const folder = join(job.lake, `dt=${date}`);
    await mkdir(folder, { recursive: true });
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    await writeFile(join(folder, `${date}.ndjson.gz`), gzipSync(lines, { level: job.level }));
  }
  return { rows: all.length };
});
