import { streamDefinition } from '../../../contract/streams.ts';
import { MINUTE_MS } from '../../support/durations.ts';
import { isoMs } from './instants.ts';
import { draw, drawShare, keyOfOrdinal, ordinalOfKey, uuid } from './random.ts';
import {
  happens,
  type Moment,
  oddFields,
  quoted,
  type RenderKnobs,
  type RowKind,
  showsKey,
  timeHidden,
} from './row-kind.ts';
import { oneOf, person, sentences } from './words.ts';

const CATEGORIES = ['Billing', 'Delivery', 'Returns', 'Account', 'Product', 'Technical', 'Sales', 'Feedback'];
const SUBCATEGORIES = [
  'Refund',
  'Late',
  'Damaged',
  'Login',
  'Invoice',
  'Upgrade',
  'Cancellation',
  'Question',
  'Defect',
];
const MEDIAS = ['email', 'voice', 'chat', 'sms', 'social'];
const GROUPS = ['Tier 1', 'Tier 2', 'Retention', 'VIP', 'Claims'];
const SYSTEMS = ['Zendesk', 'Intercom', 'Salesforce', 'Gorgias'];
const REFERRERS = [
  'https://shop.example.com/help',
  'https://www.example.org/pricing',
  'https://app.example.com/orders',
];
const AGENTS = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0',
];

interface Life {
  readonly ended: boolean;
  readonly durationSeconds: number;
  readonly summarised: boolean;
  readonly rated: boolean;
}

function lifeOf(knobs: RenderKnobs, seed: number, ordinal: number, ageMs: number): Life {
  const durationSeconds = 20 + (draw(seed, ordinal, 20) % 2400);
  const sinceEndMs = ageMs - durationSeconds * 1000;
  return {
    durationSeconds,
    ended: sinceEndMs >= 0,
    summarised: sinceEndMs >= (2 + (draw(seed, ordinal, 21) % 8)) * MINUTE_MS,
    rated: drawShare(seed, ordinal, 22) < 0.6 && sinceEndMs >= drawShare(seed, ordinal, 23) * knobs.ratingWithinMs,
  };
}

/**
 * Voice-of-customer rows. The published schema requires no field at all, gives Datetime as text, and lets ids be numbers,
 * groups and tags be lists.
 */
export function vocRows(seed: number, tenant: string, knobs: () => RenderKnobs): RowKind {
  function text(ordinal: number, { atUs, nowMs }: Moment): string {
    const now = knobs();
    const from = { seed, ordinal };
    const atMs = Math.floor(atUs / 1000);
    const life = lifeOf(now, seed, ordinal, nowMs - atMs);
    const bits = draw(seed, ordinal, 24);
    const agent = person(from, 25);
    const customer = person(from, 26);
    const timed = !timeHidden(now, seed, ordinal, nowMs - atMs);
    const mixed = happens(now.unionTypes, seed, ordinal, 27);
    const group = oneOf(from, 28, GROUPS);
    const tag = `${oneOf(from, 29, SUBCATEGORIES).toLowerCase()}-${bits % 40}`;
    const agentId = mixed ? String(bits) : `"agt_${bits % 900}"`;
    const ticket = 100_000 + (bits % 8_000_000);
    const rating = life.rated ? `${1 + (bits % 5)}` : 'null';
    const mood = ((bits % 201) - 100) / 100;
    return (
      `{"ID":${showsKey(now, seed, ordinal) ? `"${keyOfOrdinal(seed, ordinal)}"` : 'null'}` +
      `,"TenantID":"${tenant}","Datetime":${timed ? `"${isoMs(atMs - 4 * 3_600_000).slice(0, -1)}"` : 'null'}` +
      `,"DatetimeUTC":${timed ? `"${isoMs(atMs)}"` : 'null'},"Duration":${life.durationSeconds}` +
      `,"Direction":"${bits & 4 ? 'inbound' : 'outbound'}","Media":"${oneOf(from, 30, MEDIAS)}","AgentId":${agentId}` +
      `,"AgentName":"${agent.name}","AgentEmail":"${agent.email}","CustomerId":"${uuid(seed, ordinal, 31)}"` +
      `,"CustomerName":"${customer.name}","CustomerEmail":"${customer.email}"` +
      `,"Groups":${mixed ? `["${group}","Overflow"]` : `"${group}"`},"Tags":${mixed ? `["${tag}","bulk"]` : `"${tag}"`}` +
      `,"Category":"${oneOf(from, 32, CATEGORIES)}","Subcategory":"${oneOf(from, 33, SUBCATEGORIES)}","Tertiary":null` +
      `,"CategoryExplanation":"${sentences(from, 300, 1)}","CategoriesId":"cat_${bits % 64}"` +
      `,"Summary":${life.summarised ? `"${sentences(from, 400, 2)}"` : 'null'},"CSat":${rating}` +
      `,"CSatExplanation":${life.rated ? `"${sentences(from, 500, 1)}"` : 'null'}` +
      `,"Sentiment":${life.summarised ? mood : 'null'},"SentimentExplanation":null` +
      `,"Problems":${bits & 8 ? `[{"name":"${tag}","severity":${bits % 4}}]` : '[]'}` +
      `,"KPIs":[{"name":"first_reply_seconds","value":${bits % 977}},{"name":"handoffs","value":${bits % 4}}]` +
      `,"SourceSystem":"${oneOf(from, 34, SYSTEMS)}","TicketId":${mixed ? ticket : `"${ticket}"`}` +
      `,"TicketUrl":"https://tickets.example.com/agent/tickets/${ticket}"${oddFields(now, seed, ordinal)}}`
    );
  }
  return {
    definition: streamDefinition('crescendo.vocconv'),
    grainUs: 1000,
    key: (ordinal) => keyOfOrdinal(seed, ordinal),
    showsKey: (ordinal) => showsKey(knobs(), seed, ordinal),
    ordinalOf: (key) => ordinalOfKey(seed, key),
    text,
  };
}

/** Assistant rows: Datetime is epoch milliseconds here, three names hold a space, and the end is null while the talk goes on. */
export function botRows(seed: number, tenant: string, knobs: () => RenderKnobs): RowKind {
  function text(ordinal: number, { atUs, nowMs }: Moment): string {
    const now = knobs();
    const from = { seed, ordinal };
    const atMs = Math.floor(atUs / 1000);
    const life = lifeOf(now, seed, ordinal, nowMs - atMs);
    const endMs = atMs + life.durationSeconds * 1000;
    const bits = draw(seed, ordinal, 24);
    const agent = person(from, 25);
    const contact = person(from, 26);
    const timed = !timeHidden(now, seed, ordinal, nowMs - atMs);
    const mixed = happens(now.unionTypes, seed, ordinal, 27);
    const escalated = life.ended && bits % 5 === 0;
    const media = oneOf(from, 30, MEDIAS);
    return (
      `{"ID":${showsKey(now, seed, ordinal) ? `"${keyOfOrdinal(seed, ordinal)}"` : 'null'}` +
      `,"TenantID":"${tenant}","BotID":"bot_${bits % 6}","BotName":"Assistant ${bits % 6}"` +
      `,"Datetime":${timed ? atMs : 'null'},"DatetimeUTC":${timed ? `"${isoMs(atMs)}"` : 'null'}` +
      `,"EndDatetime":${life.ended ? endMs : 'null'},"EndDatetimeUTC":${life.ended ? `"${isoMs(endMs)}"` : 'null'}` +
      `,"Duration":${life.ended ? life.durationSeconds : 0},"Escalated":${life.ended ? escalated : 'null'}` +
      `,"escalatedAt":${escalated ? endMs - 5000 : 'null'},"CSat":${life.rated ? 1 + (bits % 9) / 2 : 'null'}` +
      `,"AgentName":${quoted(escalated ? agent.name : undefined)},"AgentEmail":${quoted(escalated ? agent.email : undefined)}` +
      `,"AgentId":${escalated ? (mixed ? bits : `"agt_${bits % 900}"`) : 'null'}` +
      `,"Category":"${oneOf(from, 32, CATEGORIES)}","Subcategory":"${oneOf(from, 33, SUBCATEGORIES)}","Tertiary":null` +
      `,"RemoteIp":"198.51.100.${bits % 250}","Referrer":"${oneOf(from, 35, REFERRERS)}/${bits % 7919}"` +
      `,"userAgent":"${oneOf(from, 36, AGENTS)}","Media":${mixed ? `["${media}","chat"]` : `"${media}"`}` +
      `,"Summary":${life.summarised ? `"${sentences(from, 400, 3)}"` : 'null'}` +
      `,"Handoff Reason":${escalated ? `"${sentences(from, 500, 1)}"` : 'null'},"Input":"${sentences(from, 600, 1)}"` +
      `,"ticketId":${mixed ? bits % 8_000_000 : `"${bits % 8_000_000}"`},"ticketKind":"${oneOf(from, 34, SYSTEMS)}"` +
      `,"ticketUrl":"https://tickets.example.com/agent/tickets/${bits % 8_000_000}","Contact Name":"${contact.name}"` +
      `,"Contact Email":"${contact.email}","Contact Phone":"+1555${bits % 10_000_000}"${oddFields(now, seed, ordinal)}}`
    );
  }
  return { ...vocRows(seed, tenant, knobs), definition: streamDefinition('crescendo.botconv'), text };
}
