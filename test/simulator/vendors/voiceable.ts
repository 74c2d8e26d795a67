import { MINUTE_MS } from '../../support/durations.ts';
import type { Details } from '../details/details.ts';
import type { AgentKnobs } from '../world/knobs.ts';
import type { World } from '../world/world.ts';
import { makeMinuteCounter, readAgentsQuery, withoutSummaries } from './agents-query.ts';
import { type ApiRequest, carries, envelope, refuse, type VendorApi, type VendorResponse, wrapped } from './api.ts';
import { isNull, makeCursorPages } from './cursor-pages.ts';

/** The vendor sends the header but publishes no number. */
const ASSUMED_LIMIT = 1000;

function error(status: number, message: string): VendorResponse {
  return refuse(status, { status: { code: status, message }, error: message, errors: [message], details: null });
}

/** Voiceable's conversation list and single conversation, under the prefix of its app and of its documentation. */
export function voiceableApi(from: {
  readonly world: World;
  readonly details: Details;
  readonly apiKey: string;
  readonly knobs: () => AgentKnobs;
}): VendorApi {
  const { world, details, apiKey, knobs } = from;
  const pages = makeCursorPages(world, knobs);
  const minute = makeMinuteCounter();

  function list(request: ApiRequest): VendorResponse {
    const now = knobs();
    const ask = readAgentsQuery(request.query, now, 'include');
    if (typeof ask === 'string') return error(400, `Invalid parameter: ${ask}`);
    const { keep, span, cursor } = ask;
    const page = pages.read({ cursor, span, limit: ask.pageSize, ...(keep ? { keep } : {}) });
    if (!page) return error(400, 'Invalid cursor');
    const rows = isNull(page, now) ? null : ask.summaries ? page.rows : withoutSummaries(page.rows);
    const more = now.hasMore === 'present' ? `,"has_more":${page.next !== undefined}` : '';
    const missing = page.next === undefined && now.lastCursor === 'missing';
    const next = missing ? '' : `,"cursor":${page.next === undefined ? 'null' : `"${page.next}"`}`;
    const frame = `{"status":{"code":200,"message":"Success"},"data":{rows},"total_count":${page.total}${next}${more}}`;
    return { status: 200, body: envelope(frame, rows, now.layout) };
  }

  function single(id: string): VendorResponse {
    const { status, text } = details.answer(decodeURIComponent(id), 1);
    if (text === undefined) return error(status, status === 502 ? 'ElevenLabs API error' : 'Conversation not found');
    return {
      status: 200,
      body: wrapped('{"status":{"code":200,"message":"Success"},"data":{rows}}', text, knobs().layout),
    };
  }

  function route(request: ApiRequest, used: number): VendorResponse {
    const { requestsPerMinute, concurrentRequests } = knobs();
    const known = carries(request, 'x-api-key', '', apiKey) || carries(request, 'authorization', 'Bearer ', apiKey);
    if (!known) return error(401, 'Authentication required.');
    if (used > (requestsPerMinute ?? Infinity) || request.underWay > (concurrentRequests ?? Infinity)) {
      return error(429, 'Rate limit exceeded');
    }
    const path = /^\/(?:voiceable-api|api\/v1)\/conversations(?:\/([^/]+))?$/.exec(request.path);
    if (!path) return error(404, 'Not found');
    return path[1] === undefined ? list(request) : single(path[1]);
  }

  return {
    respond(request) {
      const used = minute.count(request.at);
      const limit = knobs().requestsPerMinute ?? ASSUMED_LIMIT;
      const headers = {
        'x-ratelimit-limit': String(limit),
        'x-ratelimit-remaining': String(Math.max(knobs().requestsPerMinute === undefined ? 1 : 0, limit - used)),
        'x-ratelimit-reset': String(((Math.floor(request.at / MINUTE_MS) + 1) * MINUTE_MS) / 1000),
      };
      return { ...route(request, used), headers };
    },
    errorBody: (status) => error(status, status === 502 ? 'ElevenLabs API error' : 'Simulated failure').body,
    reset() {
      pages.reset();
      minute.reset();
    },
  };
}
