import { Buffer } from 'node:buffer';
import { revisitsKey } from '../../../../contract/layout.ts';
import { ConvlakeError, hasCode } from '../../errors.ts';
import type { Lake, Ports, Tag } from '../../ports.ts';
import { splitLines } from '../../rows/lines.ts';
import type { StreamSettings } from '../../settings.ts';
import type { LineHead } from '../detail-line.ts';
import { nextRevisit, type Outcome, type RevisitRules, revisitRules } from './next-revisit.ts';
import { idOf, type Revisit, type RevisitLines, revisitLines } from './revisit.ts';

/** How often a commit is tried while other runs keep committing theirs. */
const COMMIT_TRIES = 10;
const CONTENDED_WAIT_MS = 2_000;
/** Lines are packed by so many, so that no member outgrows what readers hold. */
const LINES_PER_MEMBER = 2_000;

/** What a book works with. */
export interface BookContext {
  readonly ports: Pick<Ports, 'lake' | 'codec' | 'clock' | 'random' | 'newId'>;
  readonly runId: string;
}

/** What a run has found out of an id, as compared with what stood there when it did. */
interface Change {
  /** Of the line that the id has, or is to have. */
  readonly head: LineHead;
  before: string | undefined;
  readonly after: Revisit | undefined;
  /** What is written while `after` must not be: what stands there, for the state that the row is in now. */
  meanwhile: Revisit | undefined;
  /** False while it must not be written: what it rests on is not in the lake yet. */
  ripe: () => boolean;
}

const AT_ONCE = () => true;
const NOT_YET = () => false;

/**
 * What is to be asked for again of one stream and tenant: one object of the lake, which runs replace under its tag. An id enters it
 * before its line reaches the lake, and leaves it or is put off only after: whenever a run dies, what has yet to be asked for is in it.
 */
export class RevisitBook {
  readonly #key: string;
  readonly #lines: RevisitLines;
  readonly #rules: RevisitRules;
  readonly #context: BookContext;
  #tag: Tag | undefined;
  /** What the object holds, by id: the line, and what it says. */
  #there = new Map<string, { readonly line: string; readonly revisit: Revisit }>();
  readonly #changes = new Map<string, Change>();
  #busy: Promise<void> | undefined;

  private constructor(settings: StreamSettings, context: BookContext) {
    const { definition, tenant } = settings;
    this.#key = revisitsKey({ table: definition.table, tenant });
    this.#lines = revisitLines(definition, this.#key);
    this.#rules = revisitRules(settings);
    this.#context = context;
  }

  /** @throws ConvlakeError `object-corrupt` */
  static async open(settings: StreamSettings, context: BookContext): Promise<RevisitBook> {
    const book = new RevisitBook(settings, context);
    await book.#load();
    return book;
  }

  /** What is to be asked for at `now` (planning's, epoch ms), by what is durable: what was put off is, until that is written. */
  due(now: number): readonly Revisit[] {
    return [...this.#there.values()].flatMap(({ revisit }) => (revisit.due <= now ? [revisit] : []));
  }

  /**
   * Takes in what came of asking for a detail, before its line is added to a writer. Call what it returns once it was added, with what
   * tells whether that line is in the lake.
   */
  tell(head: LineHead, outcome: Outcome): (committed: () => boolean) => void {
    const now = this.#context.ports.clock.planningNow();
    const id = idOf(head);
    const there = this.#there.get(id);
    // By what stands there: asked again before that is written, an id has still been asked for once.
    const after = nextRevisit(head, outcome, there?.revisit, this.#rules, now);
    if (sameRevisit(after, there?.revisit)) {
      this.#changes.delete(id);
      return () => undefined;
    }
    const isPutOff = there !== undefined && (after === undefined || after.due > there.revisit.due);
    // A run may die once the line is in the lake: asked for under an older state, the id would get a line that says so.
    const isMoved = isPutOff && there.revisit.head.listed !== head.listed;
    const meanwhile = isMoved ? movedTo(head, there.revisit) : undefined;
    const change: Change = { head, before: there?.line, after, meanwhile, ripe: isPutOff ? NOT_YET : AT_ONCE };
    this.#changes.set(id, change);
    return (committed) => {
      if (isPutOff) change.ripe = committed;
    };
  }

  /**
   * Takes in that an id whose line is in the lake is listed in the state that this is of. Where a run died before it could say so, or another one
   * has listed it earlier and asked for it later, it would else be asked for under an older state, and its line would say that.
   */
  held(head: LineHead): void {
    if (this.#there.size === 0) return;
    const id = idOf(head);
    const there = this.#there.get(id);
    if (!there || there.revisit.head.listed === head.listed || this.#changes.has(id)) return;
    this.#changes.set(id, {
      head,
      before: there.line,
      after: movedTo(head, there.revisit),
      meanwhile: undefined,
      ripe: AT_ONCE,
    });
  }

  /**
   * Writes what may be written. Resolves once all of it that was told before is durable.
   * @throws ConvlakeError `commit-contended` when others kept committing theirs
   */
  async commit(): Promise<void> {
    while (this.#busy) await this.#busy.catch(() => undefined);
    const mine = this.#commit();
    this.#busy = mine;
    try {
      await mine;
    } finally {
      this.#busy = undefined;
    }
  }

  /** The lake for those who write lines: before an object is replaced, the ids whose lines it takes in are in the book. */
  ahead(lake: Lake): Lake {
    return {
      ...lake,
      replace: async (...replacement) => {
        await this.commit();
        return lake.replace(...replacement);
      },
    };
  }

  async #load(): Promise<void> {
    const { lake, codec } = this.#context.ports;
    for (let attempt = 0; ; attempt++) {
      try {
        const tag = await lake.tagOf(this.#key);
        const there = new Map<string, { readonly line: string; readonly revisit: Revisit }>();
        const members = tag === undefined ? [] : codec.readMembers(lake.read(this.#key, tag), this.#key);
        for await (const { lines } of members) {
          for (const bytes of splitLines(lines)) {
            const revisit = this.#lines.read(bytes);
            there.set(idOf(revisit.head), { line: this.#lines.write(revisit), revisit });
          }
        }
        // Both or neither: under the tag of an object that could not be read, a later commit would put what was there before in its place.
        this.#tag = tag;
        this.#there = there;
        return;
      } catch (error) {
        if (!hasCode(error, 'object-changed') || attempt >= COMMIT_TRIES) throw error;
      }
    }
  }

  async #commit(): Promise<void> {
    const { clock, random } = this.#context.ports;
    const due = [...this.#changes].flatMap(([id, change]): Due[] => {
      const isRipe = change.ripe();
      return isRipe || change.meanwhile ? [{ id, change, isRipe }] : [];
    });
    if (due.length === 0) return;
    for (let attempt = 0; attempt < COMMIT_TRIES; attempt++) {
      if (attempt > 0) await clock.sleep(random() * Math.min(CONTENDED_WAIT_MS, 50 * 2 ** attempt));
      if (await this.#replace(due)) return;
      await this.#load();
    }
    throw new ConvlakeError(
      'commit-contended',
      'retry',
      `${this.#key}: others committed to it ${COMMIT_TRIES} times while this run tried to; nothing is lost, the next run reads the window again`,
    );
  }

  async #replace(due: readonly Due[]): Promise<boolean> {
    const { ports, runId } = this.#context;
    const next = new Map(this.#there);
    for (const { id, change, isRipe } of due) {
      const kept = isRipe ? merged(change, next.get(id)) : moved(change, next.get(id));
      if (kept) next.set(id, { line: this.#lines.write(kept), revisit: kept });
      else next.delete(id);
    }
    const lines = [...next.values()].map(({ line }) => line);
    if (!isSame(next, this.#there)) {
      const provenance = { commitId: ports.newId(), runId, rows: lines.length };
      try {
        this.#tag = await ports.lake.replace(this.#key, this.#tag, this.#pieces(lines), provenance);
      } catch (error) {
        if (hasCode(error, 'object-changed')) return false;
        throw error;
      }
    }
    this.#there = next;
    for (const { id, change, isRipe } of due) {
      if (isRipe && this.#changes.get(id) === change) this.#changes.delete(id);
      if (isRipe) continue;
      if (next.get(id)?.revisit === change.meanwhile) change.before = next.get(id)?.line;
      change.meanwhile = undefined;
    }
    return true;
  }

  async *#pieces(lines: readonly string[]): AsyncGenerator<Uint8Array> {
    const { codec } = this.#context.ports;
    for (let at = 0; at === 0 || at < lines.length; at += LINES_PER_MEMBER) {
      const some = lines.slice(at, at + LINES_PER_MEMBER).map((line) => `${line}\n`);
      yield await codec.pack(Buffer.from(some.join('')));
    }
  }
}

/** A change that is to be written now, to its end or not yet. */
interface Due {
  readonly id: string;
  readonly change: Change;
  readonly isRipe: boolean;
}

/** An id as the object has it. */
type There = { readonly line: string; readonly revisit: Revisit } | undefined;

/** The same turn for another state: what it was for has to show again. */
function movedTo(head: LineHead, { due, tries }: Revisit): Revisit {
  return { head, why: 'open', due, tries };
}

/**
 * Where another run has changed an id meanwhile, it stays, and the earlier of the two instants counts: asking once too often loses nothing. It
 * stays under the state that its line is of by now: asked for under that of the other run, it would be set back to it.
 */
function merged({ head, before, after }: Change, there: There): Revisit | undefined {
  if (there?.line === before || !there) return after;
  const earlier = after && after.due <= there.revisit.due ? after : there.revisit;
  return earlier.head.listed === head.listed ? earlier : movedTo(head, earlier);
}

/** What another run has changed meanwhile stays. */
function moved({ before, meanwhile }: Change, there: There): Revisit | undefined {
  return there?.line === before ? meanwhile : there?.revisit;
}

function sameRevisit(a: Revisit | undefined, b: Revisit | undefined): boolean {
  if (!a || !b) return a === b;
  return a.why === b.why && a.due === b.due && a.tries === b.tries && a.head.listed === b.head.listed;
}

function isSame(a: ReadonlyMap<string, { line: string }>, b: ReadonlyMap<string, { line: string }>): boolean {
  return a.size === b.size && [...a].every(([id, { line }]) => b.get(id)?.line === line);
}
