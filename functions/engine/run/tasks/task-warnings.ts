import { isoInstant } from '../../../../contract/instant.ts';
import type { Task } from '../../plan/plan.ts';
import type { Ports } from '../../ports.ts';
import type { StreamSettings } from '../../settings.ts';
import type { Tally } from '../tally.ts';
import type { TaskState } from './task-state.ts';

/** What a run says of its tasks: each thing once, of the first task that it happens to. */
export class TaskWarnings {
  readonly #settings: StreamSettings;
  readonly #tally: Tally;
  readonly #observe: Ports['observe'];

  constructor(settings: StreamSettings, tally: Tally, observe: Ports['observe']) {
    this.#settings = settings;
    this.#tally = tally;
    this.#observe = observe;
  }

  /** Names the first such window alone: where one falls short, all may, and windows are many when they are short. */
  fellShort(task: Task): void {
    const named = !this.#tally.reconciled;
    this.#tally.reconciled = false;
    if (!named) this.#observe({ event: 'warning', message: unreconciled(this.#settings, task) });
  }

  /** Names the first window alone whose list holds keys twice: the lake keeps one row of each. */
  heldTwice({ task, twice }: Pick<TaskState, 'task' | 'twice'>): void {
    if (!twice || this.#tally.doubledKeys) return;
    this.#tally.doubledKeys = true;
    this.#observe({ event: 'warning', message: doubled(this.#settings, task) });
  }

  /** This machine's clock is ahead of the vendor's. */
  cutAtVendorNow(readTo: number): void {
    if (!this.#tally.cutAtVendorNow) this.#observe({ event: 'warning', message: cutShort(this.#settings, readTo) });
    this.#tally.cutAtVendorNow = true;
  }
}

/** The warning of a window whose list holds keys twice. */
function doubled({ definition, tenant }: StreamSettings, { from, to }: Task): string {
  const [begin, end] = [from, to].map(isoInstant);
  return `${definition.stream} of ${tenant}: in the window from ${begin} to ${end} the vendor's list holds ids more than once; all of it came, and the lake keeps one row of each id`;
}

/** The warning of a window that fell short of the vendor's total. */
function unreconciled({ definition, tenant }: StreamSettings, { from, to }: Task): string {
  const [begin, end] = [from, to].map(isoInstant);
  return `${definition.stream} of ${tenant}: the window from ${begin} to ${end} gave fewer rows than the vendor counts in it; what came is committed`;
}

/** The warning of a run whose clock is ahead of the vendor's. */
function cutShort({ definition, tenant }: StreamSettings, readTo: number): string {
  return `${definition.stream} of ${tenant}: this machine's clock is ahead of the vendor's, whose responses say that it is not yet ${isoInstant(readTo)}: nothing later counts as read; see whether this clock is right`;
}
