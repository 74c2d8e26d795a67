import type { DetailStreamName } from '../../../../contract/streams.ts';
import type { Details } from '../../../simulator/details/details.ts';
import { Dice } from '../../history/dice.ts';
import type { LivingRow } from '../life.ts';
import { detailText, type ShownDetail } from './detail-text.ts';
import { listedStateOf } from './listed-state.ts';

/** So many details are broken at a time: many more and a run fails over them, as it should. */
const MOST_BROKEN = 6;

/** What the vendor has of a detail for a while. Instants are counted by what happens in the vendor's world. */
export interface Moment {
  readonly from: number;
  /** When something else took its place; Infinity while it stands. */
  to: number;
  /** The same as real instants, epoch ms. */
  readonly fromMs: number;
  toMs: number;
  /** What it gets: a detail, that of another id, or a refusal. */
  readonly is: 'detail' | 'other' | 404 | 502;
  readonly shown?: ShownDetail;
  readonly text?: string;
}

/** A row's detail as the vendor has it. */
export interface LivingDetail {
  /** The states that its row was listed in, oldest first, and since when. */
  readonly states: { readonly listed: string; readonly since: number }[];
  /** All that it ever was, oldest first. */
  readonly moments: Moment[];
}

/** What the life of details is made from. */
export interface DetailLifeSettings {
  readonly stream: DetailStreamName;
  readonly seed: number;
  readonly details: Details;
  readonly now: () => number;
  /** Which details are too large for a line. */
  readonly oversized: { readonly bytes: number; readonly every: number } | undefined;
}

/** How a detail stands before it changes. */
interface Standing {
  readonly id: string;
  readonly detail: LivingDetail;
  readonly last: Moment | undefined;
  readonly dice: Dice;
}

/** The details of a vendor's rows: they change with their rows and apart from them, come late, go, are emptied and cannot be had. */
export class DetailLife {
  readonly of = new Map<string, LivingDetail>();
  readonly #settings: DetailLifeSettings;
  readonly #hasStatus: boolean;
  /** Details that stay as they were though their row is listed in another state already. */
  readonly #behind = new Set<string>();
  readonly #gone = new Set<string>();
  readonly #messages = new Map<string, number | null>();
  #happened = 0;
  #moment = 0;

  constructor(settings: DetailLifeSettings) {
    this.#settings = settings;
    this.#hasStatus = !settings.stream.startsWith('salesloft.');
  }

  /** How many messages the list is to show of a conversation that it shows again; null once they are erased, undefined where it shows none. */
  messagesOf(id: string): number | null | undefined {
    if (!this.#hasStatus) return undefined;
    const before = this.#messages.get(id);
    const dice = new Dice(this.#settings.seed, `messages of ${id} ${this.of.get(id)?.states.length ?? 0} ${before}`);
    const next = this.#nextMessages(before, dice);
    this.#messages.set(id, next);
    return next;
  }

  #nextMessages(before: number | null | undefined, dice: Dice): number | null {
    if (before === undefined) return 1;
    if (before === null || dice.happens(0.06)) return null;
    return dice.happens(0.7) ? before + 1 : before;
  }

  /** A row is listed as it is now. */
  listed({ id, line, open }: Pick<LivingRow, 'id' | 'line' | 'open'>): void {
    const detail = this.of.get(id) ?? { states: [], moments: [] };
    this.of.set(id, detail);
    const listed = listedStateOf(this.#settings.stream, line);
    const isSame = detail.states.at(-1)?.listed === listed;
    const isBack = this.#gone.delete(id);
    if (isSame && !isBack) return;
    this.#happened++;
    if (!isSame) detail.states.push({ listed, since: this.#happened });
    const dice = new Dice(this.#settings.seed, `detail of ${id} ${detail.states.length} ${detail.moments.length}`);
    const standing = { id, detail, last: isBack ? undefined : detail.moments.at(-1), dice };
    if (standing.last?.is === 'detail' && this.#messages.get(id) !== null && dice.happens(0.1)) this.#behind.add(id);
    else this.#changeWithRow(standing, open);
  }

  /** A row has gone, and its detail with it: what is not known gets the vendor's word for that. */
  went(id: string): void {
    const detail = this.of.get(id);
    if (!detail) return;
    this.#happened++;
    this.#gone.add(id);
    this.#becomes({ id, detail }, this.#settings.stream === 'voiceable.transcripts' ? 502 : 404);
  }

  /** One thing happens to one detail, of which its row tells nothing. */
  change(dice: Dice): void {
    const there = [...this.of].filter(([id]) => !this.#gone.has(id));
    const unsettled = there.filter(([id, { moments }]) => this.#behind.has(id) || isUnsettled(moments.at(-1)));
    const from = unsettled.length > 0 && dice.happens(0.7) ? unsettled : there;
    const [id, detail] = from[Math.floor(dice.share() * from.length)] ?? [];
    if (id === undefined || !detail) return;
    this.#happened++;
    this.#changeApart({ id, detail, last: detail.moments.at(-1), dice });
  }

  #changeWithRow(standing: Standing, open: boolean): void {
    const { id, last, dice } = standing;
    this.#behind.delete(id);
    const isNew = last === undefined;
    const what = dice.share();
    const isBroken = last?.is === 502 || last?.is === 'other';
    if (isBroken && what < 0.7) return;
    if (this.#messages.get(id) === null) this.#shows(standing, { content: 'erased' });
    else if (what < (isNew ? 0.12 : 0.06)) this.#becomes(standing, 404);
    else if (what < 0.16) this.#breaks(standing);
    else if (what < 0.22) this.#shows(standing, { content: 'empty' });
    else this.#shows(standing, { open: open || dice.happens(isNew ? 0.2 : 0.1), incomplete: dice.happens(0.25) });
  }

  #changeApart(standing: Standing): void {
    const { id, last, dice } = standing;
    const isBehind = this.#behind.delete(id);
    const { is, shown } = last ?? {};
    if (shown?.content === 'erased' || this.#messages.get(id) === null) this.#shows(standing, { content: 'erased' });
    else if (is !== 'detail') this.#mayCome(standing);
    else if (shown?.open) this.#shows(standing, { incomplete: dice.happens(0.4) });
    else if (isBehind || shown?.incomplete) this.#shows(standing, {});
    else this.#changesLate(standing);
  }

  /** What cannot be had now mostly stays so; what is not there mostly comes. */
  #mayCome(standing: Standing): void {
    const { detail, last, dice } = standing;
    if (last?.is !== 404 && dice.happens(0.85)) return;
    const wasThere = detail.moments.some(({ is }) => is === 'detail');
    this.#shows(standing, { open: !wasThere && dice.happens(0.3) });
  }

  #changesLate(standing: Standing): void {
    const what = standing.dice.share();
    if (what < 0.25) this.#becomes(standing, 404);
    else if (what < 0.4) this.#shows(standing, { content: 'empty' });
    else if (what < 0.5) this.#breaks(standing);
    else this.#shows(standing, { content: what < 0.55 && this.#hasStatus ? 'erased' : 'full' });
  }

  #breaks(standing: Standing): void {
    const broken = [...this.of].filter(([id, { moments }]) => {
      const is = moments.at(-1)?.is;
      return !this.#gone.has(id) && (is === 502 || is === 'other');
    });
    if (broken.length >= MOST_BROKEN) this.#shows(standing, {});
    else this.#becomes(standing, standing.dice.happens(0.5) ? 502 : 'other');
  }

  #shows({ id, detail }: Pick<Standing, 'id' | 'detail'>, how: Partial<ShownDetail>): void {
    const moment = ++this.#moment;
    const { stream, oversized } = this.#settings;
    const fill = oversized && moment % oversized.every === 0 ? oversized.bytes : 0;
    const { open = false, incomplete = false, content = 'full' } = how;
    // What cannot be told from what is full is not empty.
    const told = stream === 'salesloft.conversation_details' ? 'full' : content;
    const base = { id, moment, fill, content: told };
    const own = { open: open && this.#hasStatus, incomplete: incomplete && this.#hasStatus };
    const shown: ShownDetail = { ...base, ...own };
    this.#put({ id, detail }, { is: 'detail', shown, text: detailText(stream, shown) });
  }

  #becomes({ id, detail }: Pick<Standing, 'id' | 'detail'>, is: Exclude<Moment['is'], 'detail'>): void {
    this.#put({ id, detail }, { is });
  }

  #put({ id, detail }: Pick<Standing, 'id' | 'detail'>, moment: Pick<Moment, 'is' | 'shown' | 'text'>): void {
    const { details, now, stream } = this.#settings;
    const last = detail.moments.at(-1);
    if (last) {
      last.to = this.#happened;
      last.toMs = now();
    }
    const until = { to: Number.POSITIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
    detail.moments.push({ from: this.#happened, fromMs: now(), ...until, ...moment });
    details.refuse(id, typeof moment.is === 'number' ? moment.is : undefined);
    if (moment.is === 'other') details.put(id, othersText(stream, id));
    else if (moment.text !== undefined) details.put(id, moment.text);
  }
}

function isUnsettled(moment: Moment | undefined): boolean {
  return moment?.is === 404 || moment?.shown?.open === true || moment?.shown?.incomplete === true;
}

/** The detail of an id that nobody has. */
function othersText(stream: DetailStreamName, id: string): string {
  const shown = { id: `${id}-other`, moment: 1, open: false, incomplete: false, content: 'full', fill: 0 } as const;
  return detailText(stream, shown);
}
