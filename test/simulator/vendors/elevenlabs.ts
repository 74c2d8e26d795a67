import type { Details } from '../details/details.ts';
import type { AgentKnobs } from '../world/knobs.ts';
import type { World } from '../world/world.ts';
import { makeMinuteCounter, readAgentsQuery, withoutSummaries, withResults } from './agents-query.ts';
import { type ApiRequest, carries, envelope, refuse, type VendorApi, type VendorResponse } from './api.ts';
import { isNull, makeCursorPages } from './cursor-pages.ts';

function error(status: number, detail: string, message: string): VendorResponse {
  return refuse(status, { detail: { status: detail, message } });
}

/** FastAPI's validation error: here `detail` is a list. */
function invalid(name: string): VendorResponse {
  return refuse(422, { detail: [{ loc: ['query', name], msg: 'value is not valid', type: 'value_error' }] });
}

/** ElevenLabs' conversation list and single conversation. */
export function elevenlabsApi(from: {
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
    const ask = readAgentsQuery(request.query, now, 'exclude');
    if (typeof ask === 'string') return invalid(ask);
    const { keep, span, cursor } = ask;
    const page = pages.read({ cursor, span, limit: ask.pageSize, ...(keep ? { keep } : {}) });
    if (!page) return error(400, 'invalid_cursor', 'The cursor is invalid or has expired.');
    const rows = isNull(page, now)
      ? null
      : withResults(request.query, ask.summaries ? page.rows : withoutSummaries(page.rows));
    const more = now.hasMore === 'present' ? `,"has_more":${page.next !== undefined}` : '';
    const missing = page.next === undefined && now.lastCursor === 'missing';
    const next = missing ? '' : `,"next_cursor":${page.next === undefined ? 'null' : `"${page.next}"`}`;
    return { status: 200, body: envelope(`{"conversations":{rows}${next}${more}}`, rows, now.layout) };
  }

  /** Without an envelope. How a 404 looks is not documented. */
  function single(id: string): VendorResponse {
    const { status, text } = details.answer(decodeURIComponent(id), 1);
    if (text !== undefined) return { status: 200, body: text };
    return error(status, status === 404 ? 'conversation_not_found' : 'simulated_failure', 'Conversation not found');
  }

  function route(request: ApiRequest): VendorResponse {
    const { requestsPerMinute, concurrentRequests } = knobs();
    if (!carries(request, 'xi-api-key', '', apiKey)) return error(401, 'invalid_api_key', 'Invalid API key');
    if (minute.count(request.at) > (requestsPerMinute ?? Infinity)) return error(429, 'system_busy', 'System is busy');
    if (request.underWay > (concurrentRequests ?? Infinity)) {
      return error(429, 'too_many_concurrent_requests', 'Too many concurrent requests');
    }
    const path = /^\/v1\/convai\/conversations(?:\/([^/]+))?$/.exec(request.path);
    if (!path) return error(404, 'not_found', 'Not Found');
    return path[1] === undefined ? list(request) : single(path[1]);
  }

  return {
    respond(request) {
      const { concurrentRequests = 15 } = knobs();
      const headers = {
        'current-concurrent-requests': String(request.underWay),
        'maximum-concurrent-requests': String(concurrentRequests),
      };
      return { ...route(request), headers };
    },
    errorBody: (status) =>
      error(status, status === 429 ? 'system_busy' : 'simulated_failure', 'Simulated failure').body,
    reset() {
      pages.reset();
      minute.reset();
    },
  };
}
