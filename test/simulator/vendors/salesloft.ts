import { MINUTE_MS } from '../../support/durations.ts';
import type { Details } from '../details/details.ts';
import { draw } from '../rows/random.ts';
import type { SalesloftKnobs } from '../world/knobs.ts';
import { inOrder, type Ref, versionOf, type WorldView } from '../world/order.ts';
import type { World } from '../world/world.ts';
import { type ApiRequest, carries, envelope, isEmptyNow, refuse, type VendorApi, type VendorResponse } from './api.ts';
import { error, extensive, sentences } from './salesloft-details.ts';
import { readSalesloftQuery, type SalesloftQuery } from './salesloft-query.ts';

/** Points that a request for a page of the list costs, as the vendor publishes it. */
export function pagePoints(page: number): number {
  if (page <= 100) return 1;
  if (page <= 150) return 3;
  if (page <= 250) return 8;
  return page <= 500 ? 10 : 30;
}

const invalid = (field: string) => refuse(422, { errors: { [field]: ['is invalid'] } });

const PATH = /^\/v2\/(?:(conversations)(?:\/([^/]+)(\/extensive)?)?|(transcriptions)(?:\/([^/]+)(\/sentences)?)?)$/;

type List = 'conversations' | 'transcriptions';

/** The lists of conversations and of transcriptions: offset paging over the live order, and a budget of points per clock minute. */
export function salesloftApi(from: {
  readonly worlds: Readonly<Record<List, World>>;
  readonly details: { readonly extensive: Details; readonly sentences: Details };
  readonly apiKey: string;
  readonly knobs: () => SalesloftKnobs;
}): VendorApi {
  const { worlds, details, apiKey, knobs } = from;
  let minute = -1;
  let spent = 0;

  /** The rows of the asked order, from the first that can match to the last. */
  function* matching(world: World, view: WorldView, query: SalesloftQuery, shuffle: number): Generator<Ref> {
    const { created, updated } = query;
    const sortBy = query.sortBy === 'updated_at' ? 'version' : 'time';
    const bounds = sortBy === 'version' ? updated : created;
    const start = { us: query.ascending ? bounds.fromUs : bounds.toUs, tie: -1 };
    const accepts = (ref: Ref) => {
      const atUs = ref.entry?.atUs ?? (sortBy === 'time' ? ref.us : view.timeline.atUs(ref.tie));
      if (atUs < created.fromUs || atUs >= created.toUs) return false;
      if (updated.fromUs !== -Infinity || updated.toUs !== Infinity) {
        const versionUs = ref.entry?.versionUs ?? (sortBy === 'version' ? ref.us : (versionOf(view, ref.tie) ?? 0));
        if (versionUs < updated.fromUs || versionUs >= updated.toUs) return false;
      }
      if (query.tests.length === 0) return true;
      const row: unknown = JSON.parse(world.peek(view, ref));
      return query.tests.every((test) => test(row as Readonly<Record<string, unknown>>));
    };
    let tied: Ref[] = [];
    for (const ref of inOrder(view, sortBy, query.ascending ? 'asc' : 'desc', start)) {
      if (query.ascending ? ref.us >= bounds.toUs : ref.us < bounds.fromUs) break;
      if (!accepts(ref)) continue;
      if (!knobs().shuffleTies) {
        yield ref;
        continue;
      }
      if (tied[0] && tied[0].us !== ref.us) {
        yield* shuffled(tied, shuffle);
        tied = [];
      }
      tied.push(ref);
    }
    yield* shuffled(tied, shuffle);
  }

  function* byDuration(world: World, view: WorldView, query: SalesloftQuery): Generator<Ref> {
    const durationOf = (ref: Ref) => Number((JSON.parse(world.peek(view, ref)) as { duration?: unknown }).duration);
    const all = [...matching(world, view, { ...query, sortBy: 'created_at' }, 0)].map((ref) => ({
      ref,
      ms: durationOf(ref),
    }));
    all.sort((a, b) => (query.ascending ? a.ms - b.ms : b.ms - a.ms));
    for (const { ref } of all) yield ref;
  }

  function list(of: List, request: ApiRequest): VendorResponse {
    const now = knobs();
    const world = worlds[of];
    if (now.refusesDirection && request.query.has('sort_direction')) return invalid('sort_direction');
    const read = readSalesloftQuery(obeyed(of, request.query, now));
    if ('status' in read) {
      return read.status === 500 ? error(500) : invalid(read.field);
    }
    if (of === 'transcriptions' && read.sortBy === 'duration') return invalid('sort_by');
    const view = world.view();
    const refs =
      read.sortBy === 'duration' ? byDuration(world, view, read) : matching(world, view, read, request.number);
    const skipped = (read.page - 1) * read.perPage;
    const rows: string[] = [];
    let seen = 0;
    for (const ref of isEmptyNow(now.emptyDuring, request.at) ? [] : refs) {
      seen++;
      if (seen > skipped && rows.length < read.perPage) rows.push(world.serve(view, ref));
      if (seen > skipped + read.perPage && !read.counts) break;
    }
    if (now.envelope === 'bare-array') return { status: 200, body: envelope('{rows}', rows, now.layout) };
    const paging = {
      per_page: read.perPage,
      current_page: read.page,
      next_page: now.nextPage === 'always' || seen > skipped + read.perPage ? read.page + 1 : null,
      prev_page: read.page > 1 ? read.page - 1 : null,
      ...(read.counts ? { total_pages: Math.ceil(seen / read.perPage), total_count: seen } : {}),
    };
    const sorting = { sort_by: read.sortBy, sort_direction: read.ascending ? 'ASC NULLS FIRST' : 'DESC NULLS LAST' };
    const metadata = { filtering: read.filtering, ...(now.envelope === 'documented' ? { paging } : {}), sorting };
    const isNull =
      now.noRows === 'null' && rows.length === 0 && paging.next_page === null && now.envelope === 'documented';
    const frame = `{"metadata":${JSON.stringify(metadata)},"data":{rows}}`;
    return { status: 200, body: envelope(frame, isNull ? null : rows, now.layout) };
  }

  function single(of: List, id: string): VendorResponse {
    const row = worlds[of].row(decodeURIComponent(id));
    return row ? { status: 200, body: `{"data":${row.line}}` } : error(404);
  }

  function answer(request: ApiRequest): VendorResponse {
    const parts = PATH.exec(request.path) ?? [];
    const of: List = parts[1] ? 'conversations' : 'transcriptions';
    const [id, part] = parts[1] ? [parts[2], parts[3]] : [parts[5], parts[6]];
    if (id === undefined) return list(of, request);
    if (part === undefined) return single(of, id);
    if (part === '/extensive') return extensive(details.extensive, id, knobs());
    return sentences(details.sentences, id, request.query, knobs());
  }

  /** Takes the points for a request out of this minute's budget. */
  function spend(points: number, at: number): { readonly remaining: number; readonly granted: boolean } {
    const budget = knobs().pointsPerMinute;
    if (Math.floor(at / MINUTE_MS) !== minute) {
      minute = Math.floor(at / MINUTE_MS);
      spent = Math.min(knobs().pointsOfOthers, budget ?? 0);
    }
    const granted = budget === undefined || spent + points <= budget;
    if (granted) spent += points;
    return { granted, remaining: Math.max(0, (budget ?? 1_000_000) - (budget === undefined ? 0 : spent)) };
  }

  return {
    respond(request) {
      if (!carries(request, 'authorization', 'Bearer ', apiKey)) {
        return refuse(401, { error: 'No Bearer Token attached to request, please attach one and retry' });
      }
      if (!PATH.test(request.path)) return error(404);
      const page = Number(request.query.get('page') ?? 1);
      const points = Number.isFinite(page) ? pagePoints(page) : 1;
      const { granted, remaining } = spend(points, request.at);
      const response = granted ? answer(request) : error(429);
      const { statesLimit, pointsPerMinute } = knobs();
      const budget = {
        'x-ratelimit-endpoint-cost': String(points),
        'x-ratelimit-remaining-minute': String(remaining),
        ...(statesLimit && { 'x-ratelimit-limit-minute': String(pointsPerMinute) }),
      };
      return { ...response, headers: { ...response.headers, ...budget }, points: granted ? points : 0 };
    },
    errorBody: (status) => error(status).body,
    reset() {
      minute = -1;
      spent = 0;
    },
  };
}

/** Filters of the list of transcriptions; it knows no others. */
const TRANSCRIPTION_FILTERS = /^(?:(?:created|updated)_at\[|language_code$|ids(?:\[\])?$)/;

/** The query without what the list does not know, and without what the knobs make the API ignore. */
function obeyed(of: List, query: URLSearchParams, { ignoreFilters, ignoreSort }: SalesloftKnobs): URLSearchParams {
  const paging = new Set(['page', 'per_page', 'include_paging_counts']);
  const sorting = new Set(['sort_by', 'sort_direction']);
  const isFilter = (name: string) => of === 'conversations' || TRANSCRIPTION_FILTERS.test(name);
  return new URLSearchParams(
    [...query].filter(
      ([name]) => paging.has(name) || (sorting.has(name) ? !ignoreSort : !ignoreFilters && isFilter(name)),
    ),
  );
}

function shuffled(tied: readonly Ref[], round: number): readonly Ref[] {
  if (tied.length < 2) return tied;
  return [...tied].sort((a, b) => draw(round, a.tie, 1) - draw(round, b.tie, 1) || a.tie - b.tie);
}
