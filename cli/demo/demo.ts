/** `npm start`: exports every stream from simulated vendors into ./lake, and asks the lake a question. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { queryCommand } from '../commands/query-command.ts';
import { runWithProgress } from '../commands/run-command.ts';
import { prepare } from '../options/prepare.ts';
import { print } from '../output/print.ts';
import { resultText } from '../output/result-table.ts';
import { several } from '../output/words.ts';
import { exitStatus, type StreamResult } from '../run/stream-result.ts';
import { DEMO_QUERY, DEMO_TRANSCRIPT_QUERY } from './demo-query.ts';
import { startDemoSimulator } from './demo-simulator.ts';

const LAKE = './lake';
const CONFIG = join(import.meta.dirname, 'demo.config.ts');
const ROWS_PER_STREAM = 10_000;
/** More than Salesloft grants a team unless asked: the details of three days would take ten minutes. */
const POINTS_PER_MINUTE = 6000;

const SIMULATED = [
  '--rows',
  `${ROWS_PER_STREAM}`,
  '--days',
  '30',
  '--tenant',
  'demo',
  '--budget',
  `${POINTS_PER_MINUTE}`,
];

const INTRODUCTION = `Four vendor APIs are simulated on this machine, each with a budget, pages and cursors of its own, and 30 days
of conversations. convlake exports them into ${LAKE}: one row per key, in the partition of its own date. Transcripts
and other details, which are asked for one by one, are those of the last three days.
`;

const NEXT_STEPS = `What to do next:
  npm start                           again: only what is new or changed since is written
  npx convlake query --lake ${LAKE}    a prompt for queries of your own; .tables says of what
  npm run simulate -- --help          the simulated vendors alone, of any size, as troublesome as you like
  ${LAKE}                              gzipped NDJSON by table, tenant and date, for whatever reads that

For an account of your own write convlake.config.json:

  { "stage": "prod",
    "lake": "${LAKE}",
    "streams": [
      { "stream": "crescendo.vocconv", "tenant": "your-tenant", "credential": "env:CRESCENDO_API_KEY",
        "start": "2026-01-01T00:00:00Z" } ] }

then: npx convlake plan, and: npx convlake export
`;

process.exitCode = await demo();

async function demo(): Promise<number> {
  print(INTRODUCTION);
  const simulator = await startDemoSimulator(SIMULATED);
  try {
    Object.assign(process.env, simulator.environment);
    const { results, interrupted } = await runWithProgress(await prepare({ config: CONFIG, lake: LAKE }), () => {});
    print(`${resultText(results)}\n`);
    print(`${await changesText(results)}\n`);
    const outcomes = results.map(({ outcome }) => outcome);
    const status = exitStatus(outcomes, interrupted);
    if (status !== 0) return status;
  } finally {
    await simulator.close();
  }
  print('The lake answers, in the tables that a deployment has in Athena:');
  const answered = (await answer(DEMO_QUERY)) || (await answer(DEMO_TRANSCRIPT_QUERY));
  print(`\n${NEXT_STEPS}`);
  return answered;
}

/** Resolves to the exit status. */
async function answer(sql: string): Promise<number> {
  print(`\nconvlake query --lake ${LAKE} "${sql.replaceAll('"', '\\"')}"\n`);
  return queryCommand(sql, { config: CONFIG, lake: LAKE });
}

async function changesText(results: readonly StreamResult[]): Promise<string> {
  const files = await readdir(LAKE, { recursive: true });
  const there = files.filter((path) => path.includes('dt=') && path.endsWith('.ndjson.gz')).length;
  const wrote = results.reduce((sum, { objects }) => sum + objects.length, 0);
  const tookMs = Math.max(...results.map((result) => result.tookMs));
  const left = wrote === there ? '' : `, left ${several(there - wrote, 'object')} as they were`;
  return `Wrote ${several(wrote, 'object')}${left}, in ${(tookMs / 1000).toFixed(1)} s.`;
}
