import { live } from './history.ts';
import { planHistory } from './plan.ts';

const [from = '1', to = '50', verbose] = process.argv.slice(2);
const t = performance.now();
let bad = 0,
  happened = 0,
  procs = 0,
  faults = 0;
for (let seed = Number(from); seed <= Number(to); seed++) {
  const plan = planHistory(seed);
  const t1 = performance.now();
  const result = await live(plan, verbose ? { trace: (line) => console.log(line) } : {});
  happened += result.happened;
  procs += result.processes;
  faults += result.faults.size;
  const ms = performance.now() - t1;
  if (result.broken) {
    bad++;
    console.log(seed, plan.stream, `f=${plan.faultShare}`, result.broken.slice(0, 400));
  } else if (ms > 2000) console.log(seed, plan.stream, 'slow', Math.round(ms), result.happened, result.processes);
}
console.log({ bad, happened, procs, faults, ms: Math.round(performance.now() - t) });
process.exit(0);
