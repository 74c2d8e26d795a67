import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../support/durations.ts';
import type { Agenda } from '../history/agenda.ts';
import { Dice } from '../history/dice.ts';

/** Running code: an invocation, or a person's command. */
export interface Process {
  /** The same in every replay. */
  readonly id: string;
  /** How far its clock is ahead of the world's, ms. */
  readonly skewMs: number;
  /** The time that it was told to plan by, epoch ms. */
  plansAtMs?: number;
  /** Calls that it has made. */
  calls: number;
  dead: boolean;
  /** It does not go on before this instant. */
  frozenUntil: number;
  /** What of its calls went wrong. */
  readonly troubles: Set<string>;
  /** True once something was done to it that a run need not end well under. */
  disturbed: boolean;
}

/** Whom a call goes to. */
export type Callee = 'vendor' | 's3' | 's3 write' | 'ssm' | 'lambda';

/**
 * What goes wrong with a call, of any service:
 * `death` - the process dies before it goes out; `death on the way` - it is done, and the process is dead by then;
 * `lost request` - it never arrives; `lost response` - it is done, and the process never hears of it;
 * `sent again` - the same, and the SDK sends it again by itself; `slow` - it takes minutes;
 * `frozen` - the process stands still for minutes to days, and then goes on with the response;
 * `refused` - the callee asks to slow down or has trouble of its own;
 * `spoilt` - the response's body is cut.
 */
export type CallFault =
  | 'death'
  | 'death on the way'
  | 'lost request'
  | 'lost response'
  | 'sent again'
  | 'slow'
  | 'frozen'
  | 'refused'
  | 'spoilt';

const EVERYWHERE = ['death', 'death on the way', 'lost request', 'lost response', 'slow', 'frozen', 'refused'] as const;
const faultsOf: Readonly<Record<Callee, readonly [CallFault, ...CallFault[]]>> = {
  vendor: [...EVERYWHERE, 'spoilt', 'refused', 'lost request'],
  s3: [...EVERYWHERE, 'spoilt', 'sent again', 'sent again', 'lost response', 'refused'],
  // Most of what can go wrong with a lake goes wrong between a look and the write that rests on it.
  's3 write': [...EVERYWHERE, 'sent again', 'sent again', 'lost response', 'slow', 'slow', 'slow', 'frozen', 'refused'],
  ssm: [...EVERYWHERE, 'sent again'],
  lambda: ['death', 'death on the way', 'lost request', 'lost response', 'sent again', 'sent again', 'slow'],
};

/** One call: what the callee does, and what goes wrong instead where that is not the same for all callees. */
export interface Call<T> {
  readonly to: Callee;
  /** Says what is called, for the trace; never a row. */
  readonly name: string;
  readonly act: () => T;
  /** The callee's own refusal. */
  readonly refuse: () => T;
  /** The response with its body cut. */
  readonly spoil?: (response: T) => T;
  readonly signal?: AbortSignal;
  /** How long it takes, ms. Both ways together. */
  readonly takesMs: number;
}

/** How a history's wires behave. */
export interface WireSettings {
  readonly seed: number;
  /** The share of calls that something goes wrong with. */
  readonly faultShare: number;
  /** Whether the fault by this name may happen: what shrinking takes away. */
  readonly mayHappen: (fault: string) => boolean;
  readonly trace: (line: string) => void;
  readonly onDeath: (process: Process) => void;
}

/** Between processes and what they call. */
export class Wire {
  readonly #agenda: Agenda;
  readonly #settings: WireSettings;
  /** False once faults have stopped. */
  faulty = true;
  /** How many calls have been made. */
  calls = 0;
  readonly #waiting = new Set<(reason: Error) => void>();
  /** The names of the faults that happened, in order, each with its kind. */
  readonly happened = new Map<string, CallFault>();

  constructor(agenda: Agenda, settings: WireSettings) {
    this.#agenda = agenda;
    this.#settings = settings;
  }

  /** Carries the call out, in its own time. Never settles for a process that is dead. */
  call<T>(process: Process, call: Call<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (process.dead) return;
      this.#waiting.add(reject);
      this.calls++;
      const name = `${process.id}#${++process.calls}`;
      const dice = new Dice(this.#settings.seed, name);
      const fault = this.#fault(name, call, dice);
      if (fault !== undefined && fault !== 'slow') process.disturbed = true;
      if (fault !== undefined) process.troubles.add(call.name);
      this.#settings.trace(`${name} ${call.to} ${call.name}${fault ? ` !${fault}` : ''}`);
      if (fault === 'death') return this.#settings.onDeath(process);
      call.signal?.addEventListener('abort', () => this.#deliver(process, 0, () => reject(call.signal?.reason)));
      const wayOutMs =
        call.takesMs * dice.share() + (fault === 'slow' ? dice.spread(5 * SECOND_MS, 10 * MINUTE_MS) : 0);
      this.#agenda.after(wayOutMs, () => {
        const backMs = call.takesMs * dice.share();
        if (fault === 'lost request') return this.#deliver(process, backMs, () => reject(lost()));
        const done = outcome(fault === 'refused' ? call.refuse : call.act);
        if (fault === 'death on the way') return process.dead ? undefined : this.#settings.onDeath(process);
        if (fault === 'lost response') return this.#deliver(process, backMs, () => reject(lost()));
        if (fault === 'frozen') this.#freeze(process, dice);
        const heard = fault === 'sent again' ? outcome(call.act) : done;
        const whole = fault === 'spoilt' && 'value' in heard && call.spoil ? { value: call.spoil(heard.value) } : heard;
        this.#deliver(process, backMs, () => {
          this.#waiting.delete(reject);
          if ('value' in whole) resolve(whole.value);
          else reject(whole.error);
        });
      });
    });
  }

  /** Resolves after so many ms of the world's time; rejects with the signal's reason. */
  sleep(process: Process, ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      signal?.addEventListener('abort', () => reject(signal.reason));
      this.#deliver(process, ms, resolve);
    });
  }

  /** Ends what the dead still wait for, so that nothing of theirs stays behind. */
  bury(): void {
    for (const reject of this.#waiting) reject(new Error('this process died'));
    this.#waiting.clear();
  }

  #deliver(process: Process, afterMs: number, settle: () => void): void {
    const act = () => {
      if (process.dead) return;
      if (process.frozenUntil > this.#agenda.now) this.#agenda.at(process.frozenUntil, act);
      else settle();
    };
    this.#agenda.after(afterMs, act);
  }

  #freeze(process: Process, dice: Dice): void {
    process.frozenUntil = this.#agenda.now + dice.spread(MINUTE_MS, 3 * DAY_MS);
  }

  #fault<T>(name: string, { to, spoil }: Pick<Call<T>, 'to' | 'spoil'>, dice: Dice): CallFault | undefined {
    const share = this.#settings.faultShare * (to === 's3 write' ? 3 : 1);
    if (!this.faulty || !dice.happens(share)) return undefined;
    const fault = dice.pick(faultsOf[to]);
    if ((fault === 'spoilt' && !spoil) || !this.#settings.mayHappen(name)) return undefined;
    this.happened.set(name, fault);
    return fault;
  }
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

function outcome<T>(act: () => T): Outcome<T> {
  try {
    return { value: act() };
  } catch (error) {
    return { error };
  }
}

/** What a connection that broke looks like, to undici's users and to the AWS SDK's. */
function lost(): Error {
  return Object.assign(new Error('the connection was reset'), { code: 'ECONNRESET' });
}
