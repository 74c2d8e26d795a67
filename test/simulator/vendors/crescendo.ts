import { DAY_MS } from '../../support/durations.ts';
import { instantUs } from '../rows/instants.ts';
import type { CrescendoKnobs } from '../world/knobs.ts';
import type { World } from '../world/world.ts';
import { type ApiRequest, carries, envelope, refuse, type VendorApi, type VendorResponse } from './api.ts';
import { type CursorPages, isNull, makeCursorPages } from './cursor-pages.ts';

/** Both generations of the reporting paths, behind `/api/v1/reporting/tenants/{tenant}/`. */
const feeds: Readonly<Record<string, 'vocconv' | 'botconv'>> = {
  vocconv: 'vocconv',
  'voc/conversations': 'vocconv',
  botconv: 'botconv',
  'assistant/conversations': 'botconv',
};
const ranges: Readonly<Record<string, number>> = { last_day: 1, last_week: 7, last_month: 30 };

const codes: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthenticated',
  403: 'PermissionDenied',
  404: 'NotFound',
  503: 'Unavailable',
};

/** Crescendo's error body: `{code, message}`, and for a 500 the message alone. */
function error(status: number, message: string): VendorResponse {
  const code = codes[status];
  return refuse(status, code === undefined ? { message } : { code, message });
}

/** An instant of `from` or `to` in epoch microseconds: ISO 8601 or epoch milliseconds (seconds are taken for milliseconds). */
function bound(text: string): number | undefined {
  return /^-?\d+$/.test(text) ? Number(text) * 1000 : instantUs(text);
}

/** The reporting API: two feeds with `limit`, `cursor`, `range`, `from`, `to`. */
export function crescendoApi(from: {
  readonly worlds: Readonly<Record<'vocconv' | 'botconv', World>>;
  readonly tenant: string;
  readonly apiKey: string;
  readonly knobs: () => CrescendoKnobs;
}): VendorApi {
  const { worlds, tenant, apiKey, knobs } = from;
  const pages: Readonly<Record<'vocconv' | 'botconv', CursorPages>> = {
    vocconv: makeCursorPages(worlds.vocconv, knobs),
    botconv: makeCursorPages(worlds.botconv, knobs),
  };

  function spanOf(query: URLSearchParams, at: number): readonly [number, number] | string {
    const [range, since, until] = [query.get('range'), query.get('from'), query.get('to')];
    const toUs = until === null ? at * 1000 : bound(until);
    if (toUs === undefined) return "query parameter 'to' is not a date-time";
    if (since === null) {
      // `to` alone does not lift the default range: it applies whenever both `range` and `from` are absent.
      const days = ranges[range ?? 'last_day'];
      if (days === undefined) return "query parameter 'range' must be one of last_day, last_week, last_month";
      return edges((at - days * DAY_MS) * 1000, toUs);
    }
    const fromUs = bound(since);
    return fromUs === undefined ? "query parameter 'from' is not a date-time" : edges(fromUs, toUs);
  }
  function edges(fromUs: number, toUs: number): readonly [number, number] {
    const now = knobs();
    return [now.fromEnd === 'exclusive' ? fromUs + 1000 : fromUs, now.toEnd === 'inclusive' ? toUs + 1000 : toUs];
  }

  function list(feed: 'vocconv' | 'botconv', request: ApiRequest): VendorResponse {
    const { query, at } = request;
    const limit = query.get('limit') ?? '1000';
    if (!/^\d+$/.test(limit) || Number(limit) < 1 || Number(limit) > 5000) return error(400, "'limit' must be 1..5000");
    const cursor = query.get('cursor') ?? undefined;
    if (cursor !== undefined && (query.has('from') || query.has('to') || query.has('range'))) {
      return error(400, "'cursor' must not be combined with 'range', 'from' or 'to'");
    }
    const span = cursor === undefined ? spanOf(query, at) : undefined;
    if (typeof span === 'string') return error(400, span);
    const page = pages[feed].read({ cursor, span, limit: Number(limit) });
    if (!page) return error(400, 'the cursor is invalid or has expired');
    const missing = page.next === undefined && knobs().lastCursor === 'missing';
    const next = missing ? '{}' : `{"next":${page.next === undefined ? 'null' : `"${page.next}"`}}`;
    return {
      status: 200,
      body: envelope(
        `{"total":${page.total},"cursor":${next},"data":{rows}}`,
        isNull(page, knobs()) ? null : page.rows,
        knobs().layout,
      ),
    };
  }

  return {
    respond(request) {
      if (request.path === '/health') return { status: 200, body: '{"status":"ok"}' };
      const parts = /^\/api\/v1\/reporting\/tenants\/([^/]+)\/(.+)$/.exec(request.path);
      const feed = feeds[parts?.[2] ?? ''];
      if (!carries(request, 'authorization', 'Bearer ', apiKey)) return error(401, 'missing or invalid API key');
      if (!feed || !parts) return error(404, 'no such resource');
      if (decodeURIComponent(parts[1] ?? '') !== tenant)
        return error(403, 'the API key does not belong to this tenant');
      return list(feed, request);
    },
    errorBody(status) {
      return error(status, status === 503 ? 'Elasticsearch request failed' : 'simulated failure').body;
    },
    reset() {
      pages.vocconv.reset();
      pages.botconv.reset();
    },
  };
}
