import { parseConfiguration } from '../../../contract/configuration/parse-configuration.ts';
import type { StreamName } from '../../../contract/streams.ts';
import type { Checkpoint } from '../../../functions/engine/checkpoint.ts';
import { planRun } from '../../../functions/engine/plan/plan.ts';
import type { StreamSettings } from '../../../functions/engine/settings.ts';
import { DAY_MS } from '../../support/durations.ts';
import { scriptedSettings } from '../../support/vendor/scripted-vendor.ts';
import { streamOf } from './stack-of.ts';

/** What a day of a stream costs in work, long after its first load, by its defaults, when every run ends caught up. */
export interface SteadyDay {
  readonly runs: number;
  /** Windows, or walks by version, of all runs. */
  readonly windows: number;
  /** How often a row is read in all. */
  readonly reads: number;
}

const START_MS = Date.parse('2026-01-01T00:00:00Z');

/** Long enough to begin with a first load of many days, and to average what differs from day to day. */
const DAYS = { before: 20, counted: 10 } as const;

/** Plans the runs of some days one after the other by the engine's own plan, each from the checkpoint that the one before would leave. */
export function steadyDay(stream: StreamName): SteadyDay {
  const { settings, everyMs } = defaultsOf(stream);
  const end = START_MS + (DAYS.before + DAYS.counted) * DAY_MS;
  const counted = { runs: 0, windows: 0, readMs: 0 };
  let checkpoint: Checkpoint | undefined;
  for (let now = START_MS + DAYS.before * DAY_MS - DAY_MS; now < end; now += everyMs) {
    const plan = planRun(checkpoint, settings, now);
    if (now >= START_MS + DAYS.before * DAY_MS) {
      for (const { span, count } of [plan.fresh, ...(plan.reread ? [plan.reread.tasks] : [])]) {
        counted.windows += count;
        counted.readMs += span.to - span.from;
      }
      counted.runs++;
    }
    checkpoint = {
      ...{ epoch: 0, lake: 'memory', run: 'before', updatedAt: now, start: START_MS },
      watermark: plan.end,
      seen: plan.end, // rows come all the time
      deep: plan.deep,
      rereadFrom: plan.reread?.state.to ?? checkpoint?.rereadFrom ?? plan.end,
    };
  }
  return {
    runs: counted.runs / DAYS.counted,
    windows: counted.windows / DAYS.counted,
    reads: counted.readMs / (DAYS.counted * DAY_MS),
  };
}

function defaultsOf(stream: StreamName): { readonly settings: StreamSettings; readonly everyMs: number } {
  const parsed = parseConfiguration({ stage: 'prod', lake: './lake', streams: [streamOf({ stream })] });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const [configured] = parsed.configuration.streams;
  if (!configured) throw new Error('one stream was configured');
  return { settings: { ...scriptedSettings, ...configured }, everyMs: configured.everyMs };
}
