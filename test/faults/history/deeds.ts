import { isoInstant } from '../../../contract/instant.ts';
import { parseObjectKey } from '../../../contract/layout.ts';
import { isDetailStream, type StreamName, streamDefinition } from '../../../contract/streams.ts';
import { decodeCheckpoint } from '../../../functions/engine/checkpoint/codec.ts';
import { decodeRewind, encodeRewind } from '../../../functions/engine/checkpoint/rewind-codec.ts';
import { DAY_MS } from '../../support/durations.ts';
import type { Checker } from '../judge/checker.ts';
import type { Fleet } from '../world/fleet.ts';
import type { VendorLife } from '../world/life.ts';
import { BUCKET, liveCheckpoint, TENANT } from '../world/names.ts';
import type { SimulatedS3 } from '../world/s3.ts';
import type { SimulatedSsm } from '../world/ssm.ts';
import type { SimulatedVendor } from '../world/vendor.ts';
import type { Agenda } from './agenda.ts';
import type { HistoryPlan } from './plan.ts';

/** What deeds are done to. */
export interface DeedWorld {
  readonly plan: HistoryPlan;
  readonly agenda: Agenda;
  readonly ssm: SimulatedSsm;
  readonly s3: SimulatedS3;
  readonly life: VendorLife;
  readonly checker: Checker;
  readonly fleet: Fleet;
  readonly vendor: SimulatedVendor;
}

/** The deeds of a history that take more than a call. */
export class Deeds {
  readonly #world: DeedWorld;
  #blindUntil = 0;

  constructor(world: DeedWorld) {
    this.#world = world;
  }

  /**
   * A vendor that says "nothing" while it counts its rows would be caught lying. To a stream that is read by time it may do so
   * only where what it hides is read again: not before a first load has ended, nor to who has not read for long.
   */
  blind(forMs: number): void {
    const { stream, horizonMs, lookbackMs, steps } = this.#world.plan;
    if (stream.startsWith('crescendo.')) return;
    const present = this.#world.ssm.parameters.get(liveCheckpoint(this.#world.plan.stream))?.value;
    const record = present === undefined ? undefined : decodeCheckpoint(present, 'the checkpoint');
    const { rereadFrom = 0 } = record ?? {};
    // The history of a stream of details is read once, by the rows' own time.
    if (isDetailStream(stream) && (!record || record.history)) return;
    const hiddenMs = this.#world.agenda.now + Math.min(forMs, horizonMs / 2) - rereadFrom;
    const readAgain = hiddenMs < lookbackMs - horizonMs && !steps.some(({ deed }) => deed === 'damage');
    if (!this.#world.life.byVersion && !readAgain) return;
    const untilMs = this.#world.agenda.now + (this.#world.life.byVersion ? forMs : Math.min(forMs, horizonMs / 2));
    this.#blindUntil = Math.max(this.#blindUntil, untilMs);
    this.#world.life.goBlind();
    this.#world.agenda.at(untilMs, () => {
      if (this.#world.agenda.now >= this.#blindUntil) this.#world.life.blind = false;
    });
  }

  rewind(toMs: number): void {
    const name = `${liveCheckpoint(this.#world.plan.stream)}/rewind`;
    const ordered = this.#world.ssm.parameters.get(name)?.value;
    const present = this.#world.ssm.parameters.get(liveCheckpoint(this.#world.plan.stream))?.value;
    const before = ordered === undefined ? undefined : decodeRewind(ordered, name);
    const epoch = present === undefined ? 0 : decodeCheckpoint(present, 'the checkpoint').epoch;
    // The later order replaces the earlier one: who still needs that, because it was not carried out to its end, orders both.
    const watermark = Math.min(before?.watermark ?? Number.POSITIVE_INFINITY, Math.floor(toMs / 1000) * 1000);
    this.#world.ssm.write(
      name,
      encodeRewind(
        { epoch: Math.max(before?.epoch ?? 0, epoch) + 1, watermark, lake: `s3://${BUCKET}` },
        { stream: this.#world.plan.stream, tenant: TENANT },
      ),
    );
  }

  /** An object of a stream that is read by time is gone; all that can be read again is ordered to be. */
  damage(daysBack: number): void {
    if (this.#world.life.byVersion) return;
    const dated = [...this.#world.s3.store.objects.keys()]
      .filter((key) => parseObjectKey(key)?.dt !== undefined)
      .sort();
    const key = dated.at(-1 - daysBack);
    if (key === undefined) return;
    const ids = this.#world.checker.damage(key);
    this.#world.s3.store.objects.delete(key);
    const filed = ids.flatMap((id) => this.#world.life.rows.get(id)?.filedMs ?? []);
    this.rewind(Math.min(...filed) - 1000);
  }

  backfill(name: string, { fromDaysBack, days }: { readonly fromDaysBack: number; readonly days: number }): void {
    const from = Math.floor(this.#world.agenda.now / DAY_MS) * DAY_MS - fromDaysBack * DAY_MS;
    let left = days;
    const atEnds = cursorsCount(this.#world.plan.stream, this.#world.vendor) ? [] : [...this.#world.life.rows.values()];
    const spanOf = (row: (typeof atEnds)[number]) => (this.#world.life.byVersion ? (row.timeMs ?? 0) : row.filedMs);
    const within = atEnds.filter((row) => row.visible && spanOf(row) >= from && spanOf(row) < from + days * DAY_MS);
    const begunMs = this.#world.agenda.now;
    for (let day = 0; day < days; day++) {
      const span = { from: isoInstant(from + day * DAY_MS), to: isoInstant(from + (day + 1) * DAY_MS) };
      this.#world.fleet.backfill(`${name}.d${day}`, span, () => {
        if (--left === 0 && this.#blindUntil < begunMs) this.#world.checker.backfilled(within, begunMs);
      });
    }
  }
}

/** A cursor that counts rows passes over some while others go. */
export function cursorsCount(stream: StreamName, vendor: SimulatedVendor): boolean {
  const { source } = streamDefinition(stream);
  const knobs = vendor.knobs[source];
  return 'cursor' in knobs && knobs.cursor === 'offset';
}
