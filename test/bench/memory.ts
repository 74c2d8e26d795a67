/**
 * `node test/bench/memory.ts`: the peak memory of first exports: over 30 days, with a tenth of the rows, and all in one day.
 * Options: --rows N (1,000,000 unless told), --page-size N.
 */
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { type ChildWorld, exportInChild } from '../support/run/child-export.ts';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, 'page-size': { type: 'string', default: '1000' } },
});
const rows = Number(values.rows);
const pageSize = Number(values['page-size']);
const worlds: readonly ChildWorld[] = [
  { rows: rows / 10, days: 30 },
  { rows, days: 30 },
  { rows, days: 1 },
];

const table = new Table({ head: ['rows', 'days', 'peak, MB', 'goal', 'rows/s'] });
for (const world of worlds) {
  const { rows: read, peakMb, wallMs } = await exportInChild('crescendo.vocconv', world, { pageSize });
  const goal = world.days === 1 ? 160 + (32 * read) / 2 ** 20 : 300;
  table.push([read, world.days, peakMb.toFixed(0), `<= ${goal.toFixed(0)}`, ((1000 * read) / wallMs).toFixed(0)]);
}
process.stdout.write(`${table.toString()}\npages of ${pageSize} rows, ${process.version}\n`);
