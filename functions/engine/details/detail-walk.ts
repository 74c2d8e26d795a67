import type { Walk } from '../partition/logical-clock.ts';
import type { Marks } from '../partition/writers.ts';
import { Rank } from '../rows/identify.ts';
import type { Row } from '../source.ts';
import type { Details, Manner } from './details.ts';
import { failureOf } from './failures.ts';
import { isOfState, type ListedRow, type Wanted } from './listed.ts';
import { Settling } from './settle-details.ts';
import { WantedList } from './wanted-list.ts';

/** So many refused ids of a walk wait to see whether others come, which shows that they are refused alone. */
const MOST_REFUSED = 20;

/** What the details of a walk need of it. */
export interface WalkHooks {
  /** Told of the writers that took something in, or hold what was listed. */
  readonly taken: (marks: Marks) => void;
  /** Called after each detail: the moment for commits that cannot wait. */
  readonly afterDetail: () => Promise<void>;
  /** True when the run must stop reading now. */
  readonly outOfTime: () => boolean;
}

/** Why a walk is not done: the run had no time left, or details were refused before any has come in this run. */
export type Unfinished = 'cut' | 'refused';

interface Refused {
  readonly wanted: Wanted;
  readonly reason: number | string;
  readonly error: unknown;
}

/**
 * The details of one walk. Its list is taken page by page; what is missing waits, and is fetched when the caller says so: by time at the
 * end of the walk, since a cursor may not outlive the fetching, and by version before a page's bookmark is taken.
 */
export class DetailWalk {
  readonly #details: Details;
  readonly #hooks: WalkHooks;
  readonly #manner: Manner;
  readonly #settling: Settling;
  #wanted: WantedList;
  #refused: Refused[] = [];

  constructor(details: Details, walk: Walk, hooks: WalkHooks, manner = details.listed) {
    this.#details = details;
    this.#hooks = hooks;
    this.#manner = manner;
    this.#settling = new Settling(manner.settling, walk, hooks.taken);
    this.#wanted = this.#newList();
  }

  /** Takes a page of the list: what is held counts as read, what a row itself carries is taken in, the rest waits to be fetched. */
  async list(page: readonly Row[], readAt: number): Promise<readonly ListedRow[]> {
    const { counts, list } = this.#details;
    const rows = page.map((row) => list.read(row, readAt));
    counts.listed += rows.length;
    const asked = rows.flatMap(({ wanted }) => wanted ?? []);
    if (asked.length < rows.length) this.#details.keyless();
    const missing = new Set(await this.#missingOf(asked, readAt));
    for (const row of rows) {
      const { wanted } = row;
      if (!wanted) continue;
      if (!missing.has(wanted)) this.#wanted.drop(wanted.identity);
      else if (!(await this.#takeFromList(row, wanted))) await this.#wanted.put(wanted);
    }
    return rows;
  }

  /** Puts down ids whose turn it is. */
  async put(wanted: readonly Wanted[]): Promise<void> {
    for (const one of wanted) await this.#wanted.put(one);
  }

  /**
   * Fetches what is missing; undefined once each id has a line. What came is kept all the same, and found held by the next walk.
   * @throws ConvlakeError `details-failed` when nothing but failures came, and what is not about single ids
   */
  async fetchMissing(): Promise<Unfinished | undefined> {
    const wanted = this.#wanted;
    this.#wanted = this.#newList();
    try {
      const cut = await this.#fetchAll(wanted.all());
      const unfinished = cut ?? (await this.#settleRefused());
      await this.#settling.finish();
      return unfinished;
    } finally {
      await wanted.close();
    }
  }

  /** Lets go of what waits. */
  async close(): Promise<void> {
    await this.#wanted.close();
  }

  #newList(): WantedList {
    return new WantedList(() => this.#details.openSpool());
  }

  async #missingOf(asked: readonly Wanted[], readAt: number): Promise<readonly Wanted[]> {
    const { settling, isHeld } = this.#manner;
    const { writers, counts, book, isRevisit } = settling;
    const { marks, missing } = await writers.hold(asked, readAt, (wanted, entry) => {
      const held = isHeld(wanted, entry);
      if (held && !isRevisit && isOfState(wanted, entry.content)) book.held(wanted.head);
      if (held && entry.rank === Rank.open && !isRevisit) counts.open++;
      return held;
    });
    this.#hooks.taken(marks);
    if (!isRevisit) counts.held += asked.length - missing.length;
    return missing;
  }

  async #takeFromList({ row, beyond }: ListedRow, wanted: Wanted): Promise<boolean> {
    const { dialect } = this.#manner.settling;
    const reading = dialect.kind === 'whole' ? dialect.inList?.({ bytes: row.bytes, tokens: beyond }) : undefined;
    if (!reading) return false;
    this.#wanted.drop(wanted.identity);
    await this.#settling.came(wanted, reading);
    return true;
  }

  async #fetchAll(queue: AsyncGenerator<Wanted>): Promise<'cut' | undefined> {
    const failures: unknown[] = [];
    let cut = false;
    const worker = async () => {
      try {
        for await (const wanted of queue) {
          if (failures.length > 0) return;
          // A run that has no time left from the beginning fetches one all the same, or no run would get any farther.
          cut ||= this.#details.counts.asked > 0 && this.#hooks.outOfTime();
          if (cut) return;
          await this.#details.alone(wanted, () => this.#fetchOne(wanted));
          await this.#hooks.afterDetail();
        }
      } catch (error) {
        failures.push(error);
      }
    };
    await Promise.all(Array.from({ length: this.#details.concurrency }, worker));
    if (failures.length > 0) throw failures[0];
    return cut ? 'cut' : undefined;
  }

  async #fetchOne(wanted: Wanted): Promise<void> {
    // Another window of this run may have brought it.
    if ((await this.#missingOf([wanted], wanted.readAt)).length === 0) return;
    try {
      await this.#details.fetchOne(wanted, ({ reading }) => this.#settling.came(wanted, reading));
    } catch (error) {
      await this.#failed(wanted, error);
    }
  }

  async #failed(wanted: Wanted, error: unknown): Promise<void> {
    const failure = failureOf(error);
    if (!failure) throw error;
    if (failure.kind === 'gone') return this.#settling.gone(wanted, failure.status);
    if (failure.kind === 'refused') return this.#refuse({ wanted, reason: failure.reason, error });
    await this.#settling.failed(wanted, failure.reason);
    this.#details.failing(wanted, error);
  }

  /** Whether it is the credential or the id that is refused shows when others are asked for. */
  async #refuse(refused: Refused): Promise<void> {
    this.#refused.push(refused);
    if (this.#refused.length < MOST_REFUSED) return;
    if ((await this.#settleRefused()) === 'refused') throw refused.error;
  }

  async #settleRefused(): Promise<'refused' | undefined> {
    for (const { wanted, reason, error } of this.#refused.splice(0)) {
      // One that is marked already says nothing new of the credential.
      if (!(await this.#settling.isMarked(wanted)) && !this.#details.refused(error)) return 'refused';
      await this.#settling.failed(wanted, reason);
      this.#details.failing(wanted, error);
    }
    return undefined;
  }
}
