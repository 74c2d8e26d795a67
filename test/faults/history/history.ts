import { createHash } from 'node:crypto';
import { isoInstant } from '../../../contract/instant.ts';
import { parseObjectKey } from '../../../contract/layout.ts';
import { streamDefinition } from '../../../contract/streams.ts';
import { decodeCheckpoint } from '../../../functions/engine/checkpoint/codec.ts';
import { decodeRewind, encodeRewind } from '../../../functions/engine/checkpoint/rewind-codec.ts';
import { DAY_MS, MINUTE_MS } from '../../support/durations.ts';
import { Checker } from '../judge/checker.ts';
import { BUCKET, type End, Fleet } from '../world/fleet.ts';
import { VendorLife } from '../world/life.ts';
import { SimulatedS3 } from '../world/s3.ts';
import { SimulatedSsm } from '../world/ssm.ts';
import { SimulatedVendor, TENANT } from '../world/vendor.ts';
import { type Process, Wire } from '../world/wire.ts';
import { Agenda } from './agenda.ts';
import { checkpointOf, streamOf } from './deployed.ts';
import { Dice } from './dice.ts';
import { apartMs, type HistoryPlan, type HistoryStep, type Settings } from './plan.ts';
import type { HistoryResult, Replay } from './replay.ts';

/** How often a stream that nothing disturbs any more may be scheduled until it must have caught up. */
const SCHEDULES_TO_CATCH_UP = 4;
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
  readonly #fleet: Fleet;
  readonly #checker: Checker;
  readonly #hash = createHash('sha256');
  readonly #checks: boolean;
  readonly #say: (line: string) => void;
  #settings: Settings;
  #lastEnd: End | undefined;
  #blindUntil = 0;

  constructor(plan: HistoryPlan, { mayHappen = () => true, trace, checks = true }: Replay) {
    const { seed, stream, settings, faultShare, skewMs, wrongClocks } = plan;
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
    this.#life = new VendorLife({
      stream,
      world: this.#vendor.world,
      now,
      horizonMs: plan.horizonMs,
      settleMs: settings.settleMs - apartMs(skewMs, wrongClocks),
      oversized: plan.oversized,
      shifts: this.#cursorsCount() ? (stream.startsWith('crescendo.') ? 'counted' : 'untold') : 'never',
      live: () => this.#fleet.live,
      onDated: (id) => this.#checker.dated(id),
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
    });
    this.#vendor.onHeard = (process, body) => this.#checker.heard(process, body);
    this.#vendor.blind = () => this.#life.blind;
    this.#s3.onWrite = (key, by) => this.#checker.wrote(key, by);
    this.#s3.onRemove = (key, by) => this.#checker.removed(key, by);
    this.#ssm.onRead = (name, by) => this.#plans(name, by);
    this.#ssm.onWrite = (name) => {
      if (name !== checkpointOf(plan)) return;
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
    this.#settings = { ...this.#settings, enabled: true };
    this.#say('faults have stopped');
    await this.#untilQuiet();
    let caughtUp = 0;
    for (let schedule = 1; caughtUp < 2 && !this.#over(); schedule++) {
      await this.#agenda.run(this.#agenda.now + Math.max(every, limitMs + 10 * MINUTE_MS), this.#over);
      this.#fleet.invoke(`drain${schedule}`, { stream: this.#plan.stream }, 0);
      await this.#untilQuiet();
      const { outcome, error } = this.#lastEnd ?? {};
      if (outcome === 'caught up') caughtUp++;
      else if (outcome === 'skipped') this.#checker.breach('a run was skipped for nobody');
      else if (schedule >= SCHEDULES_TO_CATCH_UP) {
        this.#checker.breach(
          `nothing disturbs it, and it has not caught up after ${schedule} schedules: ${error?.message ?? outcome}`,
        );
      }
      if (schedule > 2 * SCHEDULES_TO_CATCH_UP) break;
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
    const own = checkpointOf(this.#plan);
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
        }
        break;
      case 'deploy':
        if (this.#life.byVersion) this.#life.changeInSilence(step.rows, new Dice(this.#plan.seed, `${name} deploy`));
        break;
      case 'blind':
        this.#goBlind(step.forMs);
        break;
      case 'configure':
        this.#settings = { ...this.#settings, ...step.settings };
        break;
      case 'command':
        this.#fleet.command(name);
        break;
      case 'rewind':
        this.#rewind(this.#agenda.now - step.backMs);
        break;
      case 'damage':
        this.#damage(step.daysBack);
        break;
      case 'backfill':
        this.#backfill(name, step);
        break;
    }
  }

  /**
   * A vendor that says "nothing" while it counts its rows would be caught lying. To a stream that is read by time it may do so
   * only where what it hides is read again: not before a first load has ended, nor to who has not read for long.
   */
  #goBlind(forMs: number): void {
    const { stream, horizonMs, lookbackMs, steps } = this.#plan;
    if (stream.startsWith('crescendo.')) return;
    const present = this.#ssm.parameters.get(checkpointOf(this.#plan))?.value;
    const { rereadFrom = 0 } = present === undefined ? {} : decodeCheckpoint(present, 'the checkpoint');
    const hiddenMs = this.#agenda.now + Math.min(forMs, horizonMs / 2) - rereadFrom;
    const readAgain = hiddenMs < lookbackMs - horizonMs && !steps.some(({ deed }) => deed === 'damage');
    if (!this.#life.byVersion && !readAgain) return;
    const untilMs = this.#agenda.now + (this.#life.byVersion ? forMs : Math.min(forMs, horizonMs / 2));
    this.#blindUntil = Math.max(this.#blindUntil, untilMs);
    this.#life.goBlind();
    this.#agenda.at(untilMs, () => {
      if (this.#agenda.now >= this.#blindUntil) this.#life.blind = false;
    });
  }

  #rewind(toMs: number): void {
    const name = `${checkpointOf(this.#plan)}/rewind`;
    const ordered = this.#ssm.parameters.get(name)?.value;
    const present = this.#ssm.parameters.get(checkpointOf(this.#plan))?.value;
    const before = ordered === undefined ? undefined : decodeRewind(ordered, name);
    const epoch = present === undefined ? 0 : decodeCheckpoint(present, 'the checkpoint').epoch;
    // The later order replaces the earlier one: who still needs that, because it was not carried out to its end, orders both.
    const watermark = Math.min(before?.watermark ?? Number.POSITIVE_INFINITY, Math.floor(toMs / 1000) * 1000);
    this.#ssm.write(
      name,
      encodeRewind(
        { epoch: Math.max(before?.epoch ?? 0, epoch) + 1, watermark, lake: `s3://${BUCKET}` },
        { stream: this.#plan.stream, tenant: TENANT },
      ),
    );
  }

  /** An object of a stream that is read by time is gone; all that can be read again is ordered to be. */
  #damage(daysBack: number): void {
    if (this.#life.byVersion) return;
    const dated = [...this.#s3.store.objects.keys()].filter((key) => parseObjectKey(key)?.dt !== undefined).sort();
    const key = dated.at(-1 - daysBack);
    if (key === undefined) return;
    const ids = this.#checker.damage(key);
    this.#s3.store.objects.delete(key);
    const filed = ids.flatMap((id) => this.#life.rows.get(id)?.filedMs ?? []);
    this.#rewind(Math.min(...filed) - 1000);
  }

  #backfill(name: string, { fromDaysBack, days }: { readonly fromDaysBack: number; readonly days: number }): void {
    const from = Math.floor(this.#agenda.now / DAY_MS) * DAY_MS - fromDaysBack * DAY_MS;
    let left = days;
    const atEnds = this.#cursorsCount() ? [] : [...this.#life.rows.values()];
    const spanOf = (row: (typeof atEnds)[number]) => (this.#life.byVersion ? (row.timeMs ?? 0) : row.filedMs);
    const within = atEnds.filter((row) => row.visible && spanOf(row) >= from && spanOf(row) < from + days * DAY_MS);
    const begunMs = this.#agenda.now;
    for (let day = 0; day < days; day++) {
      const span = { from: isoInstant(from + day * DAY_MS), to: isoInstant(from + (day + 1) * DAY_MS) };
      this.#fleet.backfill(`${name}.d${day}`, span, () => {
        if (--left === 0 && this.#blindUntil < begunMs) this.#checker.backfilled(within, begunMs);
      });
    }
  }

  /** A cursor that counts rows passes over some while others go. */
  #cursorsCount(): boolean {
    const { source } = streamDefinition(this.#plan.stream);
    const knobs = this.#vendor.knobs[source];
    return 'cursor' in knobs && knobs.cursor === 'offset';
  }
}
