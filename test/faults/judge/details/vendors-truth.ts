import type { DetailStreamName } from '../../../../contract/streams.ts';
import type { DetailLife, Moment } from '../../world/details/detail-life.ts';
import type { VendorLife } from '../../world/life.ts';
import { headOf, type ToldLine, toldBehind } from './told-line.ts';

/** A line whose head was true at some time. */
export interface KnownLine extends ToldLine {
  /** Which of its key's heads it has, counted from the oldest. */
  readonly age: number;
  /** Since when its row was listed so. */
  readonly since: number;
}

/** What was ever true of the details of one vendor. */
export class VendorsTruth {
  readonly #stream: DetailStreamName;
  readonly #life: VendorLife;
  readonly #details: DetailLife;
  readonly #heads = new Map<string, { readonly heads: Map<string, string>; rows: number }>();
  readonly #keepsErased: boolean;

  constructor(stream: DetailStreamName, life: VendorLife, details: DetailLife, keepsErased: boolean) {
    this.#stream = stream;
    this.#life = life;
    this.#details = details;
    this.#keepsErased = keepsErased;
  }

  /** Which of its key's heads a row of the list gives; -1 for a row that there never was. */
  shownAge(id: string, row: string): number {
    return [...this.#headsOf(id).keys()].indexOf(headOf(this.#stream, row));
  }

  /** A row that gives the head. */
  rowAt(id: string, age: number): string | undefined {
    return [...this.#headsOf(id).values()][age];
  }

  /** The line, if its head was ever true; whether the rest was, `wasTrue` says. */
  known(id: string, line: string): KnownLine | undefined {
    const heads = [...this.#headsOf(id).keys()];
    for (const [age, head] of heads.entries()) {
      const told = toldBehind(head, line);
      if (!told) continue;
      const listed = /"listed":"([^"]*)"$/.exec(head)?.[1];
      const since = this.#details.of.get(id)?.states.find((state) => state.listed === listed)?.since ?? 0;
      return { ...told, age, since };
    }
    return undefined;
  }

  /** Whether a run that was told of this state of the list can have made this line of what the vendor had then or later. */
  wasTrue(id: string, { detail, gone, since }: KnownLine): boolean {
    const moments = this.momentsOf(id);
    const later = moments.filter(({ to }) => to > since);
    const isGone = later.some(({ is }) => is === 404);
    if (detail === undefined) return !gone || isGone;
    const own = moments.filter(({ text }) => text === detail);
    // What is kept may be a mix of moments that are long past.
    const wasEver = own.length > 0 || this.#isMix(id, detail, 0);
    if (gone) return wasEver && isGone;
    if (own.some(({ to }) => to > since) || this.#isMix(id, detail, since)) return true;
    return wasEver && later.some((moment) => this.#keepsWhatIsHeld(moment));
  }

  /** The last moment at which the detail was so; undefined for one that never was, a mix of several moments. */
  momentOf(id: string, detail: string | undefined): Moment | undefined {
    return detail === undefined ? undefined : this.momentsOf(id).findLast(({ text }) => text === detail);
  }

  momentsOf(id: string): readonly Moment[] {
    return this.#details.of.get(id)?.moments ?? [];
  }

  /** True where something else took its place while its row stood in the list as it did: nothing tells a run of it that fetches page after page. */
  changedApart(id: string, { since }: KnownLine): boolean {
    return this.momentsOf(id).some(({ from }) => from > since);
  }

  /** True for a detail that may not take the place of one that has something in it. */
  isEmptied(id: string, detail: string | undefined): boolean {
    const moment = this.momentOf(id, detail);
    return moment !== undefined && this.#keepsWhatIsHeld(moment);
  }

  /** What is held stays over a detail that is empty, and nobody says why, and over one that was erased, where it is to be kept. */
  #keepsWhatIsHeld({ shown }: Moment): boolean {
    return shown?.content === 'empty' || (shown?.content === 'erased' && this.#keepsErased);
  }

  /**
   * Pages of several moments, none of them of before the state was listed: the next reading of the list finds it in another one. Where what
   * came later had fewer pages, they are the first ones of one moment.
   */
  #isMix(id: string, detail: string, since: number): boolean {
    if (this.#stream !== 'salesloft.transcript_sentences') return false;
    const numbers = [...detail.matchAll(/"text":"m(\d+)"/g)].map(([, number]) => Number(number));
    // The pages of another id's are fewer too, and nothing in them tells whose they are.
    const moments = this.momentsOf(id).filter(({ is, shown, to }) => (shown || is === 'other') && to > since);
    const places = numbers.map((number) => moments.findIndex(({ shown }) => shown?.moment === number));
    const isInOrder = places.every((place, at) => place >= (places[at - 1] ?? 0));
    return numbers.length > 0 && isInOrder && moments.length > 1;
  }

  #headsOf(id: string): ReadonlyMap<string, string> {
    const rows = this.#life.history.get(id) ?? [];
    const known = this.#heads.get(id) ?? { heads: new Map<string, string>(), rows: 0 };
    this.#heads.set(id, known);
    for (; known.rows < rows.length; known.rows++) {
      const row = rows[known.rows] ?? '';
      const head = headOf(this.#stream, row);
      if (!known.heads.has(head)) known.heads.set(head, row);
    }
    return known.heads;
  }
}
