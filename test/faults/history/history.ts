import { createHash } from 'node:crypto';
import { isDetailStream } from '../../../contract/streams.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../support/durations.ts';
import { Checker } from '../judge/checker.ts';
import { DetailLife } from '../world/details/detail-life.ts';
import { type End, Fleet } from '../world/fleet.ts';
import { VendorLife } from '../world/life.ts';
import { liveCheckpoint } from '../world/names.ts';
import { SimulatedS3 } from '../world/s3.ts';
import { SimulatedSsm } from '../world/ssm.ts';
import { SimulatedVendor } from '../world/vendor.ts';
import { type Process, Wire } from '../world/wire.ts';
import { Agenda } from './agenda.ts';
import { cursorsCount, Deeds } from './deeds.ts';
import { streamOf } from './deployed.ts';
import { Dice } from './dice.ts';
import { apartMs, type HistoryPlan, type HistoryStep, type Settings } from './plan.ts';
import type { HistoryResult, Replay } from './replay.ts';

/** How often a stream that nothing disturbs any more may be scheduled until it must have caught up; one of details has many more requests to make. */
const SCHEDULES_TO_CATCH_UP = { lists: 4, details: 12 } as const;
/** How long the responses of a vendor of details take then, at most, ms. */
const RESTED_MS = 200;
/** For so many days what is to be asked for again has its turns; the latest is due two days after a row's own time. */
const DAYS_OF_REVISITS = 3;
/** More processes than any history needs that gets on. */
const MOST_PROCESSES = 3000;

/** Lets a history happen. */
export async function live(plan: HistoryPlan, replay: Replay = {}): Promise<HistoryResult> {
  const history = new History(plan, replay);
  return history.live();
}

class History {
  readonly #plan: HistoryPlan;
  readonly #agenda: Agenda;
  readonly #wire: Wire;
  readonly #vendor: SimulatedVendor;
  readonly #s3: SimulatedS3;
  readonly #ssm: SimulatedSsm;
  readonly #life: VendorLife;
  /** Of a stream of details. */
  readonly #details: DetailLife | undefined;
  readonly #fleet: Fleet;
  readonly #checker: Checker;
  readonly #deeds: Deeds;
  readonly #hash = createHash('sha256');
  readonly #checks: boolean;
  readonly #say: (line: string) => void;
  #settings: Settings;
  #lastEnd: End | undefined;

  constructor(plan: HistoryPlan, { mayHappen = () => true, trace, checks = true }: Replay) {
    const { seed, stream, settings, faultShare, skewMs, wrongClocks, keepsErased } = plan;
    this.#plan = plan;
    this.#settings = settings;
    this.#checks = checks;
    this.#agenda = new Agenda(plan.beginMs);
    const now = () => this.#agenda.now;
    this.#say = (line) => {
      const timed = `${new Date(now()).toISOString()} ${line}`;
      this.#hash.update(`${timed}\n`);
      trace?.(timed);
    };
    const onDeath = (process: Parameters<Fleet['kill']>[0]) => this.#fleet.kill(process);
    this.#wire = new Wire(this.#agenda, { seed, faultShare, mayHappen, trace: this.#say, onDeath });
    this.#vendor = new SimulatedVendor(stream, plan.knobs, { now, wire: this.#wire, takesMs: plan.vendorMs });
    this.#s3 = new SimulatedS3(this.#wire, plan.awsMs, now);
    this.#ssm = new SimulatedSsm(this.#wire, plan.awsMs);
    this.#details = this.#lifeOfDetails(now);
    this.#life = new VendorLife({
      stream,
      world: this.#vendor.world,
      now,
      horizonMs: plan.horizonMs,
      settleMs: settings.settleMs - apartMs(skewMs, wrongClocks),
      oversized: plan.oversized,
      shifts: cursorsCount(stream, this.#vendor) ? (stream.startsWith('crescendo.') ? 'counted' : 'untold') : 'never',
      live: () => this.#fleet.live,
      onDated: (id) => this.#checker.dated(id),
      details: this.#details,
    });
    this.#fleet = new Fleet({
      plan,
      agenda: this.#agenda,
      wire: this.#wire,
      vendor: this.#vendor,
      s3: this.#s3,
      ssm: this.#ssm,
      stream: () => streamOf(plan, this.#settings),
      onEnd: (end) => this.#ended(end),
    });
    const { startMs } = settings;
    this.#checker = new Checker({
      stream,
      life: this.#life,
      s3: this.#s3,
      startMs,
      oversizedBytes: plan.oversized?.bytes,
      single: plan.gzip === 'single',
      live: () => this.#fleet.live,
      ...(this.#details && { details: { life: this.#details, keepsErased, clocksAreRight: wrongClocks === 0, now } }),
    });
    const [life, checker, fleet] = [this.#life, this.#checker, this.#fleet];
    this.#deeds = new Deeds({
      plan,
      agenda: this.#agenda,
      ssm: this.#ssm,
      s3: this.#s3,
      life,
      checker,
      fleet,
      vendor: this.#vendor,
    });
    this.#vendor.onHeard = (process, body) => this.#checker.heard(process, body);
    this.#vendor.blind = () => this.#life.blind;
    this.#s3.onWrite = (key, by) => this.#checker.wrote(key, by);
    this.#s3.onRemove = (key, by) => this.#checker.removed(key, by);
    this.#ssm.onRead = (name, by) => this.#plans(name, by);
    this.#ssm.onWrite = (name) => {
      if (name !== liveCheckpoint(stream)) return;
      const text = this.#ssm.parameters.get(name)?.value ?? '';
      this.#say(`checkpoint ${text}`);
      this.#checker.kept(text);
    };
  }

  async live(): Promise<HistoryResult> {
    const { seed, beginMs, oldRows, steps } = this.#plan;
    this.#life.begin(oldRows, beginMs - 16 * DAY_MS, new Dice(seed, 'old rows'));
    for (const step of steps) this.#agenda.at(step.at, () => this.#take(step));
    await this.#agenda.run(steps.at(-1)?.at ?? beginMs, this.#over);
    await this.#drain();
    if (!this.#over()) this.#checker.finalLook();
    const { rowsChecked, broken } = this.#checker;
    const result = {
      broken: this.#checks ? broken : undefined,
      fingerprint: this.#hash.copy().digest('hex').slice(0, 16),
      faults: this.#wire.happened,
      happened: this.#agenda.happened,
      calls: this.#wire.calls,
      processes: this.#fleet.started,
      rowsChecked,
    };
    this.#wire.bury();
    return result;
  }

  #lifeOfDetails(now: () => number): DetailLife | undefined {
    const { seed, stream, oversized } = this.#plan;
    const { details } = this.#vendor;
    return isDetailStream(stream) && details ? new DetailLife({ stream, seed, details, now, oversized }) : undefined;
  }

  readonly #over = () => this.#checks && this.#checker.broken !== undefined;

  /** Faults have stopped, and so has the vendor: what is under way ends, and then schedules must bring the stream up. */
  async #drain(): Promise<void> {
    const { every, limitMs } = this.#plan;
    this.#wire.faulty = false;
    this.#life.blind = false;
    this.#vendor.knobs = {
      ...this.#vendor.knobs,
      salesloft: { ...this.#vendor.knobs.salesloft, pointsPerMinute: 600 },
    };
    // Where a minute's rows and their details hardly fit into a run, they do not twice.
    if (this.#details) this.#vendor.takesMs = Math.min(this.#vendor.takesMs, RESTED_MS);
    this.#settings = { ...this.#settings, enabled: true };
    this.#say('faults have stopped');
    await this.#untilQuiet();
    await this.#catchUp('drain', Math.max(every, limitMs + 10 * MINUTE_MS), 2);
    // By then each detail that is not final has had its turn again.
    for (let day = 1; this.#details && day <= DAYS_OF_REVISITS; day++)
      await this.#catchUp(`day${day}-`, 26 * HOUR_MS, 1);
  }

  /** Schedules the stream until it has caught up so often. */
  async #catchUp(name: string, everyMs: number, times: number): Promise<void> {
    const most = SCHEDULES_TO_CATCH_UP[this.#details ? 'details' : 'lists'];
    let caughtUp = 0;
    for (let schedule = 1; caughtUp < times && !this.#over(); schedule++) {
      await this.#agenda.run(this.#agenda.now + everyMs, this.#over);
      this.#fleet.invoke(`${name}${schedule}`, { stream: this.#plan.stream }, 0);
      await this.#untilQuiet();
      const { outcome, error } = this.#lastEnd ?? {};
      if (outcome === 'caught up') caughtUp++;
      // What a dead run has claimed by a clock that was ahead may end just when a run begins, which cannot tell.
      else if (outcome === 'skipped' && this.#plan.wrongClocks === 0)
        this.#checker.breach('a run was skipped for nobody');
      else if (schedule >= most) {
        this.#checker.breach(
          `nothing disturbs it, and it has not caught up after ${schedule} schedules: ${error?.message ?? outcome}`,
        );
      }
      if (schedule > 2 * most) break;
    }
  }

  async #untilQuiet(): Promise<void> {
    const quiet = () => this.#over() || this.#fleet.live.size === 0;
    const by = this.#agenda.now + 30 * DAY_MS;
    while (!quiet() && this.#agenda.now < by) {
      await this.#agenda.run(by, quiet);
      // What goes on in another invocation is put down for this very instant.
      await this.#agenda.run(this.#agenda.now + MINUTE_MS, this.#over);
    }
    if (!quiet()) this.#checker.breach('a run does not end');
  }

  #ended(end: End): void {
    this.#lastEnd = end;
    this.#say(`${end.process.id} ended ${end.outcome}${end.error ? ` (${end.error.name})` : ''}`);
    this.#checker.ended(end);
    if (this.#fleet.started > MOST_PROCESSES) this.#checker.breach('runs follow each other without an end');
  }

  /** A record is read that a run may plan from. */
  #plans(name: string, by: Process): void {
    const own = liveCheckpoint(this.#plan.stream);
    if (name !== own && name !== `${own}/rewind`) return;
    const textOf = (record: string) => this.#ssm.parameters.get(record)?.value;
    const planningNow = Math.min(by.plansAtMs ?? Number.POSITIVE_INFINITY, this.#agenda.now + by.skewMs);
    const newEndsMs = Math.floor((planningNow - this.#settings.settleMs) / 1000) * 1000;
    this.#checker.plans(by, { checkpoint: textOf(own), rewind: textOf(`${own}/rewind`), newEndsMs });
  }

  #take(step: HistoryStep): void {
    const { name } = step;
    this.#say(`${name} ${JSON.stringify({ ...step, name: undefined, at: undefined })}`);
    switch (step.deed) {
      case 'schedule':
        for (let n = 1; n <= step.times; n++) {
          this.#fleet.invoke(n === 1 ? name : `${name}x${n}`, { stream: this.#plan.stream }, step.retries);
        }
        break;
      case 'change':
        for (let n = 1; n <= step.rows; n++) {
          this.#life.change(`${name}-${n}`, new Dice(this.#plan.seed, `${name} change ${n}`));
          this.#details?.change(new Dice(this.#plan.seed, `${name} detail ${n}`));
        }
        break;
      case 'deploy':
        if (this.#life.byVersion) this.#life.changeInSilence(step.rows, new Dice(this.#plan.seed, `${name} deploy`));
        break;
      case 'blind':
        this.#deeds.blind(step.forMs);
        break;
      case 'configure':
        this.#settings = { ...this.#settings, ...step.settings };
        break;
      case 'command':
        this.#fleet.command(name);
        break;
      case 'rewind':
        this.#deeds.rewind(this.#agenda.now - step.backMs);
        break;
      case 'damage':
        this.#deeds.damage(step.daysBack);
        break;
      case 'backfill':
        this.#deeds.backfill(name, step);
        break;
    }
  }
}
