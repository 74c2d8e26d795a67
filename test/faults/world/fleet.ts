import type { BackfillLeft } from '../../../contract/backfill.ts';
import type { DeployedStream } from '../../../contract/environment.ts';
import type { ExportRequest } from '../../../contract/events.ts';
import { ssmCheckpoints } from '../../../functions/checkpoints/ssm-checkpoints.ts';
import { exportStream } from '../../../functions/engine/export-stream.ts';
import { openS3Lake } from '../../../functions/lake/s3/s3-lake.ts';
import { checkpointOf } from '../../../functions/lambda/checkpoint-of.ts';
import { readExportRequest } from '../../../functions/lambda/export/export-request.ts';
import { runBackfill } from '../../../functions/lambda/export/run-backfill.ts';
import { runLive } from '../../../functions/lambda/export/run-live.ts';
import { patientCall } from '../../../functions/lambda/patient-call.ts';
import type { Services } from '../../../functions/lambda/services.ts';
import { logEvent } from '../../../functions/telemetry/log-event.ts';
import { runClock } from '../../../functions/wiring/run-clock.ts';
import { wireRun } from '../../../functions/wiring/wire-run.ts';
import { MINUTE_MS } from '../../support/durations.ts';
import { plainCodec, singleCodec } from '../../support/run/memory-ports.ts';
import type { Agenda } from '../history/agenda.ts';
import { Dice } from '../history/dice.ts';
import type { HistoryPlan } from '../history/plan.ts';
import { BUCKET, STAGE } from './names.ts';
import type { SimulatedS3 } from './s3.ts';
import { silent } from './silent-telemetry.ts';
import type { SimulatedSsm } from './ssm.ts';
import { API_KEY, type SimulatedVendor } from './vendor.ts';
import type { Process, Wire } from './wire.ts';
import { wrongClockMs } from './wrong-clock.ts';

/** What checkpoints call it. */
const LAKE = `s3://${BUCKET}`;

/** How a process ended. */
export interface End {
  readonly process: Process;
  readonly outcome: 'caught up' | 'out of time' | 'skipped' | 'failed' | 'killed' | 'disabled' | 'backfilled';
  readonly error?: Error;
}

/** The world that processes run in. */
export interface Surroundings {
  readonly plan: HistoryPlan;
  readonly agenda: Agenda;
  readonly wire: Wire;
  readonly vendor: SimulatedVendor;
  readonly s3: SimulatedS3;
  readonly ssm: SimulatedSsm;
  /** The configuration that is deployed now. */
  readonly stream: () => DeployedStream;
  readonly onEnd: (end: End) => void;
}

/** What is done in a process of its own. */
interface Job {
  /** In milliseconds from its start; Infinity for a person's command. */
  readonly limitMs: number;
  readonly act: (process: Process, remainingMs: () => number) => Promise<End['outcome']>;
  /** Called when it is over, unless it ended well: by an error, or because it was killed. */
  readonly onFailure: () => void;
}

/** Everybody's running code: what Lambda, HistoryStep Functions and people start. */
export class Fleet {
  readonly live = new Set<Process>();
  /** How many processes there have been. */
  started = 0;
  readonly #world: Surroundings;
  /** How many processes had an id so far. */
  readonly #namesakes = new Map<string, number>();
  readonly #jobs = new Map<Process, Job>();

  constructor(world: Surroundings) {
    this.#world = world;
  }

  /** Lambda's asynchronous invocation: one that fails or is killed is tried again under the same id. */
  invoke(id: string, request: ExportRequest, retries: number): void {
    const again = (attempt: number) => {
      this.#start(attempt === 0 ? id : `${id}~${attempt}`, {
        limitMs: this.#world.plan.limitMs,
        act: async (process, remainingMs) => {
          const stream = this.#world.stream();
          if (!stream.enabled) return 'disabled';
          const asked = readExportRequest(request, { streams: [stream], lake: LAKE });
          const invocation = { awsRequestId: id, functionName: 'export', getRemainingTimeInMillis: remainingMs };
          return (await runLive(stream, asked, invocation, this.#servicesOf(process, stream))).outcome;
        },
        onFailure: () => {
          if (attempt < retries) this.#world.agenda.after((attempt + 1) * MINUTE_MS, () => again(attempt + 1));
        },
      });
    };
    again(0);
  }

  /** A person's `convlake export`: no claim, and all the time it wants. */
  command(id: string): void {
    this.#start(id, {
      limitMs: Number.POSITIVE_INFINITY,
      act: async (process, remainingMs) => {
        const stream = this.#world.stream();
        const services = this.#servicesOf(process, stream);
        const { checkpointsOf, credentialOf } = await services.parameters();
        const offMs = this.#wrongClock(`the person of ${id}`);
        const planningNowMs = offMs === 0 ? undefined : services.time.now() + offMs;
        if (planningNowMs !== undefined) {
          process.plansAtMs = planningNowMs;
          process.disturbed = true;
        }
        const subject = { stream: stream.definition.stream, tenant: stream.tenant, requestId: id };
        const wired = wireRun(
          stream,
          { ...services, gzipLevel: services.settings.gzipLevel },
          {
            purpose: 'live',
            lake: services.openLake(),
            lakeName: services.settings.lake,
            clock: runClock(services.time, remainingMs, planningNowMs),
            signal: new AbortController().signal,
            checkpoints: checkpointsOf(stream, remainingMs),
            credential: credentialOf(stream),
            observe: (event) => logEvent(services.telemetry, subject, event),
          },
        );
        const { outcome, error } = await exportStream(wired.settings, wired.dialect, wired.ports);
        if (error) throw error;
        return outcome;
      },
      onFailure: () => undefined,
    });
  }

  /** The state machine's item: invoked with what is left until nothing is, and tried again when it fails. */
  backfill(id: string, span: { readonly from: string; readonly to: string }, onDone: () => void): void {
    const { stream, agenda, plan } = this.#world;
    const { definition, tenant } = stream();
    let calls = 0;
    const ask = (left: Partial<BackfillLeft>, failures: number) => {
      this.#start(`${id}.${++calls}`, {
        limitMs: plan.limitMs,
        act: async (process, remainingMs) => {
          const { windowMs } = left;
          const request = { stream: definition.stream, tenant, ...span, ...(left.from && { from: left.from }) };
          const asked = readExportRequest(
            { ...request, ...(left.lake && { lake: left.lake }), ...(windowMs && { windowMs }) },
            { streams: [stream()], lake: LAKE },
          );
          if (!asked.span) throw new Error('a backfill names its span');
          const invocation = {
            awsRequestId: `${id}.${calls}`,
            functionName: 'f',
            getRemainingTimeInMillis: remainingMs,
          };
          const services = this.#servicesOf(process, stream());
          const result = await runBackfill(stream(), asked.span, asked, invocation, services);
          agenda.after(0, () => (result.done ? onDone() : ask(result, 0)));
          return 'backfilled';
        },
        onFailure: () => {
          if (failures < 3) agenda.after(MINUTE_MS, () => ask(left, failures + 1));
        },
      });
    };
    ask({}, 0);
  }

  /** It is gone, wherever it was. What it had sent still arrives. */
  kill(process: Process): void {
    if (process.dead) return;
    process.dead = true;
    process.disturbed = true;
    this.#ended({ process, outcome: 'killed' });
  }

  #start(id: string, job: Job): void {
    const { plan, agenda } = this.#world;
    const dice = new Dice(plan.seed, `process ${id}`);
    const wrongMs = this.#wrongClock(id);
    const skewMs = wrongMs + (plan.skewMs === 0 ? 0 : dice.whole(-plan.skewMs, plan.skewMs));
    const others = [...this.live];
    const disturbed = others.length > 0 || wrongMs !== 0;
    const process: Process = {
      id,
      skewMs,
      calls: 0,
      troubles: new Set(),
      dead: false,
      frozenUntil: 0,
      disturbed,
    };
    for (const other of others) other.disturbed = true;
    this.started++;
    this.live.add(process);
    this.#jobs.set(process, job);
    const deadline = agenda.now + job.limitMs;
    if (job.limitMs < Number.POSITIVE_INFINITY) {
      agenda.at(deadline, () => {
        // One that stands still with its whole machine is not killed by that machine's clock.
        if (this.live.has(process) && process.frozenUntil < agenda.now) this.kill(process);
      });
    }
    const begin = async () => job.act(process, () => deadline - agenda.now);
    agenda.after(0, () => {
      begin().then(
        (outcome) => this.#ended({ process, outcome }),
        (error: unknown) => this.#ended({ process, outcome: 'failed', error: error as Error }),
      );
    });
  }

  #wrongClock(what: string): number {
    const { plan, wire, ssm } = this.#world;
    return wire.faulty ? wrongClockMs(what, plan, ssm) : 0;
  }

  #ended(end: End): void {
    if (!this.live.delete(end.process)) return;
    this.#world.onEnd(end);
    if (end.outcome === 'killed' || end.outcome === 'failed') this.#jobs.get(end.process)?.onFailure();
    this.#jobs.delete(end.process);
  }

  #isSingle({ id }: Process): boolean {
    const { gzip, seed } = this.#world.plan;
    return gzip === 'either' ? new Dice(seed, `gzip of ${id}`).happens(0.5) : gzip === 'single';
  }

  #servicesOf(process: Process, stream: DeployedStream): Services {
    const { agenda, wire, vendor, s3, ssm, plan } = this.#world;
    const dice = new Dice(plan.seed, `chance of ${process.id}`);
    // A continuation and that of the same run tried again have one name; what is made up here is unique for all time, as a UUID is.
    const namesakes = this.#namesakes.get(process.id) ?? 0;
    this.#namesakes.set(process.id, namesakes + 1);
    const maker = `${process.id.replaceAll(/[^A-Za-z0-9.-]/g, '_')}${namesakes > 0 ? `_${namesakes}` : ''}`;
    let ids = 0;
    let invocations = 0;
    const time: Services['time'] = {
      now: () => agenda.now + process.skewMs,
      sleep: (ms, signal) => wire.sleep(process, ms, signal),
    };
    const random = () => dice.share();
    return {
      settings: {
        stage: STAGE,
        bucket: BUCKET,
        owner: '123456789012',
        prefix: '',
        lake: LAKE,
        eventBus: 'none',
        gzipLevel: 1,
        streams: [stream],
      },
      version: 'simulated',
      telemetry: silent,
      openLake: () =>
        openS3Lake({
          client: s3.client(process),
          bucket: BUCKET,
          prefix: '',
          spoolFolder: '/nowhere',
          version: 'simulated',
          partBytes: plan.partBytes,
        }),
      parameters: async () => ({
        checkpointsOf: (of, remainingMs) =>
          ssmCheckpoints({
            client: ssm.client(process),
            ...checkpointOf(STAGE, of),
            call: patientCall({ time, random }, remainingMs),
          }),
        credentialOf: () => async () => API_KEY,
      }),
      invoke: (_, request) => {
        const id = `${process.id.replace(/~\d+$/, '')}+`;
        return wire.call(process, {
          to: 'lambda',
          name: 'invoke',
          act: () => {
            const copy = ++invocations; // called twice when the request is sent again
            agenda.after(0, () => this.invoke(copy === 1 ? id : `${id}x${copy}`, request, 1));
          },
          refuse: () => undefined,
          takesMs: plan.awsMs,
        });
      },
      sendEvents: async () => undefined,
      time,
      random,
      newId: () => `${maker}-${++ids}`,
      codec: this.#isSingle(process) ? singleCodec : plainCodec,
      ...(plan.oversized && { oversizedBytes: plan.oversized.bytes }),
      openPool: vendor.poolOf(process),
    };
  }
}
