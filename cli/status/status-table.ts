import { formatDuration } from '../../contract/duration.ts';
import { plainTable } from '../output/plain-table.ts';
import { instantText } from '../output/words.ts';
import { MOST_FAILURES } from './recent-runs.ts';
import type { Status } from './status.ts';

const MOST_SENTENCES = 5;

/** A column of the table; one that has nothing to show of any stream does not come, unless it always does. */
interface StatusColumn {
  readonly name: string;
  readonly text: (status: Status) => string;
  readonly always?: boolean;
}

const COLUMNS: readonly StatusColumn[] = [
  { name: 'stream', text: ({ stream }) => stream, always: true },
  { name: 'tenant', text: ({ tenant }) => tenant, always: true },
  { name: 'health', text: healthText, always: true },
  { name: 'behind', text: behindText, always: true },
  { name: 'newest row', text: ({ newestRow }) => shown(newestRow), always: true },
  { name: 'open rows', text: ({ openRows }) => (openRows ? String(openRows) : '') },
  { name: 'last run', text: lastRunText, always: true },
  { name: 'watermark', text: watermarkText, always: true },
  { name: 're-read', text: ({ reread }) => downText(reread?.place, reread?.from) },
  { name: 'window', text: ({ window }) => window ?? '' },
  { name: 'at work', text: ({ claim }) => (claim ? `until ${shown(claim.until)}` : '') },
  { name: 'history', text: ({ history }) => downText(history?.to, history?.from) },
];

/** The statuses as a table for people. */
export function statusTable(statuses: readonly Status[]): string {
  const columns = COLUMNS.filter(({ always, text }) => always || statuses.some((status) => text(status) !== ''));
  return plainTable(
    columns.map(({ name }) => name),
    statuses.map((status) => columns.map(({ text }) => text(status))),
  );
}

/**
 * What is to be said below the table: a sentence for each stream that something is to be done about. Of many that are alike, it is said of
 * the first few.
 */
export function sentencesOn(statuses: readonly Status[]): readonly string[] {
  const alike = Map.groupBy(
    statuses.filter(({ toFix }) => toFix !== null),
    ({ health, error }) => `${health} ${error?.code ?? ''}`.trim(),
  );
  return [...alike].flatMap(([health, those]) => {
    const said = those.slice(0, those.length > MOST_SENTENCES + 1 ? MOST_SENTENCES : those.length).map(sentenceOn);
    const others = those.length - said.length;
    return others > 0 ? [...said, `… and ${others} more: ${health}; --stream and --tenant choose`] : said;
  });
}

function sentenceOn({ stream, tenant, toFix }: Status): string {
  return toFix?.startsWith(stream) ? toFix : `${stream} of ${tenant}: ${toFix}`;
}

/** `failing x3 object-corrupt`. */
function healthText({ health, failures, error }: Status): string {
  if (health !== 'failing' || !error) return health;
  return `${health} x${failures}${failures === MOST_FAILURES ? '+' : ''} ${error.code}`;
}

/** A watermark within the skew of two clocks is no news to anybody: nothing is behind then. */
function behindText({ freshnessSeconds, clockAhead }: Status): string {
  if (freshnessSeconds === null || clockAhead) return '';
  // The two largest units: `2 days 3 hours`.
  return formatDuration(Math.max(0, freshnessSeconds) * 1000)
    .split(' ')
    .slice(0, 4)
    .join(' ');
}

/** Where no report tells of it, when it wrote the checkpoint. */
function lastRunText({ lastRun, updatedAt }: Status): string {
  return lastRun ? `${shown(lastRun.startedAt)} ${lastRun.outcome}` : shown(updatedAt);
}

function watermarkText({ watermark, rewind, health }: Status): string {
  if (health === 'unknown') return '';
  const text = watermark === null ? 'none yet' : shown(watermark);
  return rewind ? `${text}, to be set to ${shown(rewind.watermark)} by the next run` : text;
}

/** How far something that is read newest day first has yet to go. */
function downText(place: string | undefined, from: string | undefined): string {
  return place === undefined || from === undefined ? '' : `from ${shown(place)} down to ${shown(from)}`;
}

function shown(at: string | null): string {
  return at === null ? '' : instantText(Date.parse(at));
}
