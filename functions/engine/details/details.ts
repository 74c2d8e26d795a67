import { listDefinition, type StreamDefinition } from '../../../contract/streams.ts';
import { compareVersions } from '../partition/commit-rules.ts';
import type { Entry } from '../partition/row-index.ts';
import type { Task } from '../plan/plan.ts';
import type { Ports } from '../ports.ts';
import { digest, digestText, Rank } from '../rows/identify.ts';
import { readRow } from '../rows/read-row.ts';
import type { StreamSettings } from '../settings.ts';
import { DetailCounts, detailsFailed } from './detail-counts.ts';
import { detailLines } from './detail-line.ts';
import { type Fetched, fetchDetail } from './fetch-detail.ts';
import { Gate, Turns } from './gate.ts';
import { isOfState, type ListReader, listReader, type Wanted } from './listed.ts';
import { OPEN_FOR_MS } from './revisits/next-revisit.ts';
import { idOf } from './revisits/revisit.ts';
import { revisitsOf } from './revisits/revisit-tasks.ts';
import type { SettlingParts } from './settle-details.ts';

/** What the details of a run need of it. */
export interface DetailsParts extends Omit<SettlingParts, 'lines' | 'counts' | 'keepErased' | 'refetch' | 'isRevisit'> {
  readonly settings: StreamSettings;
  readonly details: NonNullable<StreamDefinition['details']>;
  readonly ports: Pick<Ports, 'fetchPage' | 'signal' | 'clock' | 'lake' | 'observe'>;
  /** Told of the size of bodies. */
  readonly received: (bytes: number) => void;
}

/** What a walk makes of the ids that it has. */
export interface Manner {
  readonly settling: SettlingParts;
  /** Whether nothing has to be fetched for an id, given what is known of its key. */
  readonly isHeld: (wanted: Wanted, entry: Entry) => boolean;
}

/** The details of one run: what is held of the rows that its lists name, and what is fetched. */
export class Details {
  readonly counts = new DetailCounts();
  readonly list: ListReader;
  /** Of ids that a list names: what is held of their state is not fetched. */
  readonly listed: Manner;
  /** Of ids whose turn it is, whatever is held of them; but for those that this run has asked for already. */
  readonly revisited: Manner;
  readonly #parts: DetailsParts;
  readonly #gate: Gate;
  readonly #turns = new Turns();
  /** Ids that could not be fetched for the state that they are listed in: a window that is read again in this run does not ask for them again. */
  readonly #failed = new Set<string>();
  #lastFailure: unknown;
  #refusal: unknown;
  #toldKeyless = false;

  constructor(parts: DetailsParts) {
    const { settings, details, dialect } = parts;
    const { keepErased = false, refetch = false, definition } = settings;
    const beyond = dialect.kind === 'whole' ? dialect.listFields : [];
    this.#parts = parts;
    this.#gate = new Gate(settings.concurrency);
    this.list = listReader(listDefinition(definition), details, beyond);
    const own = { ...parts, counts: this.counts, lines: detailLines(definition), keepErased };
    this.listed = {
      settling: { ...own, refetch, isRevisit: false },
      isHeld: (wanted, entry) => this.#hasFailed(wanted) || this.#isHeld(wanted, entry, refetch),
    };
    this.revisited = {
      settling: { ...own, refetch: true, isRevisit: true },
      isHeld: (wanted, { ours }) => ours || this.#hasFailed(wanted),
    };
  }

  /** What is due of a task of revisits. `readAt` is the tick of its request. */
  again(task: Task, readAt: number): readonly Wanted[] {
    const { book, ports, entry, fields } = this.#parts;
    const { lines } = this.revisited.settling;
    return revisitsOf(task, book.due(ports.clock.planningNow())).map(({ head }) => ({
      id: idOf(head),
      head,
      states: [digest(head.listed)],
      identity: entry.identify(readRow(lines.marker(head, { failed: 0 }), fields)),
      readAt,
    }));
  }

  get concurrency(): number {
    return this.#parts.settings.concurrency;
  }

  /** Temporary storage for what is to be fetched. */
  openSpool() {
    return this.#parts.ports.lake.openSpool();
  }

  #hasFailed(wanted: Wanted): boolean {
    return this.#failed.size > 0 && this.#failed.has(failedName(wanted));
  }

  /**
   * Whether nothing has to be fetched for a row, given what is known of its key: it was asked for in this run, or what is held was fetched
   * for the same state and is final, or too old to become so.
   */
  #isHeld(wanted: Wanted, { content, version: heldVersion, ours, rank }: Entry, refetch: boolean): boolean {
    const { version, time } = wanted.identity;
    const same = isOfState(wanted, content);
    if (!same) return compareVersions(version, heldVersion) < 0;
    if (ours) return true;
    if (refetch) return false;
    return (
      rank === Rank.final || (time !== undefined && time / 1000 < this.#parts.ports.clock.planningNow() - OPEN_FOR_MS)
    );
  }

  /** Does `work` about an id alone: windows overlap, and what one of them has fetched the other finds held. */
  alone({ identity: { key } }: Wanted, work: () => Promise<void>): Promise<void> {
    return this.#turns.take(digestText(key), work);
  }

  /** Fetches the detail of one id, with no more at once than the stream may. `settle` is what has to be done with it before another goes out. */
  async fetchOne(wanted: Wanted, settle: (fetched: Fetched) => Promise<void>): Promise<void> {
    const { ports, dialect, settings, received } = this.#parts;
    const fetching = { ...ports, stream: settings.definition.stream, dialect };
    this.counts.asked++;
    await this.#gate.pass(async () => {
      const fetched = await fetchDetail(wanted.id, fetching);
      this.counts.succeeded++;
      received(fetched.bytes);
      await settle(fetched);
    });
  }

  /** Notes that an id was refused, and whether that is known to be about this one alone. */
  refused(error: unknown): boolean {
    this.#refusal = error;
    return this.counts.succeeded > 0;
  }

  /** Why details were refused; undefined once one has come, which shows that the credential may read them. */
  get refusal(): unknown {
    return this.counts.succeeded > 0 ? undefined : this.#refusal;
  }

  /** Notes that an id failed, and why. @throws ConvlakeError `details-failed` where nothing but failures came */
  failing(wanted: Wanted, error: unknown): void {
    this.#lastFailure = error;
    this.#failed.add(failedName(wanted));
    if (this.counts.isHopeless) throw this.#failure();
  }

  /** The error of a run of which too much failed, once all of its lists are done; undefined for any other. */
  verdict() {
    return this.counts.tooManyFailed ? this.#failure() : undefined;
  }

  /** Says once that rows without a key have no detail. */
  keyless(): void {
    if (this.#toldKeyless) return;
    this.#toldKeyless = true;
    const message = `${this.#subject}: the list has rows without an id; their details cannot be asked for`;
    this.#parts.ports.observe({ event: 'warning', message });
  }

  #failure() {
    return detailsFailed(this.#subject, this.counts, this.#lastFailure);
  }

  get #subject(): string {
    const { definition, tenant } = this.#parts.settings;
    return `${definition.stream} of ${tenant}`;
  }
}

function failedName({ identity: { key }, head: { listed } }: Wanted): string {
  return `${digestText(key)} ${listed}`;
}
