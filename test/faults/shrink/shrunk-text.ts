import { several } from '../../../cli/output/words.ts';
import { commandOf, planOf, replayOf } from '../judge/excerpt.ts';
import type { Live, Shrunk } from './shrink.ts';

/** How much of the end of a history is told. */
const LAST_LINES = 200;

/** The shortest history for people: what it breaks, what happens in it, and how to let it happen again. */
export async function shrunkText({ excerpt, broken, faults, before, replays }: Shrunk, live: Live): Promise<string> {
  const plan = planOf(excerpt);
  const lines: string[] = [];
  let told = 0;
  await live(plan, {
    ...replayOf(excerpt),
    trace: (line) => {
      told++;
      lines.push(line);
      if (lines.length > LAST_LINES) lines.shift();
    },
  });
  return [
    '',
    `seed ${excerpt.seed}: ${broken}`,
    `  ${commandOf(excerpt)}`,
    `  ${several(plan.steps.length, 'step')} of ${before.steps} and ${several(faults.size, 'fault')} of ${before.faults} are enough, after ${several(replays, 'replay')}:`,
    ...plan.steps.map(({ name, at, ...deed }) => `    ${new Date(at).toISOString()} ${name} ${JSON.stringify(deed)}`),
    ...[...faults].map(([name, fault]) => `    ${name} ${fault}`),
    told > lines.length ? `  the last ${lines.length} of ${told} lines:` : '  everything that happens:',
    ...lines.map((line) => `    ${line}`),
  ].join('\n');
}
