import { isDetailStream, type ListStreamName, listStream, type StreamName } from '../../../contract/streams.ts';
import type { Simulator, World } from '../../simulator/simulator.ts';

/** A row that a vendor might send, and where the row does not tell it, when the vendor takes it to have begun. */
interface HandPut {
  readonly text: string;
  readonly time?: string;
}

const NOON = '2026-05-18T12:00:00Z';

/**
 * Rows with everything that views must bear: fields of several types, of a wrong type and of none, names with blanks, names
 * that stand twice, times of every kind, integers beyond 2^53, text with line breaks, and fields that nobody knows.
 */
export const handPutRows: Readonly<Record<ListStreamName, readonly HandPut[]>> = {
  'crescendo.vocconv': [
    {
      text: '{"ID":"voc-lists","DatetimeUTC":"2026-05-18T08:00:00.250+02:00","Media":["email","chat"],"Groups":{"name":"VIP"},"Tags":[],"Problems":[{"name":"late","severity":null}],"KPIs":{}}',
    },
    {
      text: '{"ID":"voc-numbers","DatetimeUTC":"2026-05-18 08:00:00.25+0200","Datetime":1779091200000,"AgentId":90071992547409931,"CustomerId":18446744073709551616,"TicketId":-5,"Groups":7,"CSat":"4.5","Sentiment":-2.5e-1,"Duration":4.0}',
    },
    {
      text: '{"ID":"voc-wrong","DatetimeUTC":"2026-05-18T23:59:59.9999Z","Duration":"long","CSat":{"score":5},"Sentiment":[0.5],"Category":true,"Summary":false,"Tags":"null","AgentName":""}',
    },
    {
      text: '{"ID":"voc-text","DatetimeUTC":"2026-05-18T12:00Z","Summary":"one\\ntwo\\r\\nthree\\t\\"four\\" \\\\ \\u00e9 \u2028 😀 \\u0000","CategoryExplanation":"it\'s 50 % \u00e4"}',
    },
    {
      text: '{"ID":"voc-twice","ID":"voc-late","CSat":1,"CSat":2,"DatetimeUTC":"2026-05-18T01:00:00Z","DatetimeUTC":"2026-05-19T01:00:00Z"}',
    },
    { text: '{"ID":9007199254740993,"DatetimeUTC":"2026-05-18T12:00:00Z","routing_v2":{"queue":"q1","hops":[1,2]}}' },
    { text: '{"ID":null,"DatetimeUTC":"2026-05-18T12:00:00Z","Summary":"no key"}' },
    { text: '{"ID":true,"DatetimeUTC":"2026-05-18T12:00:01Z","Summary":"a key of no kind"}' },
    { text: '{"ID":"voc-local","DatetimeUTC":"2026-05-18T12:00:00"}', time: NOON },
    { text: '{"ID":"voc-impossible","DatetimeUTC":"2026-02-30T12:00:00Z"}', time: NOON },
    { text: '{"ID":"voc-digits","DatetimeUTC":"1779105600"}', time: NOON },
    { text: '{"ID":"voc-boolean","DatetimeUTC":true}', time: NOON },
  ],
  'crescendo.botconv': [
    {
      text: '{"ID":"bot-blanks","DatetimeUTC":"2026-05-18T12:00:00Z","Handoff Reason":"asked","Contact Name":"Zo\u00eb","Contact Email":"zoe@example.com","Contact Phone":15550100}',
    },
    {
      text: '{"ID":"bot-ms","DatetimeUTC":null,"Datetime":1779105600123,"EndDatetime":1779105660.5,"escalatedAt":1779105660500999,"Escalated":true}',
    },
    {
      text: '{"ID":"bot-text","DatetimeUTC":"soon","Datetime":1779105600,"EndDatetimeUTC":"2026-05-18T14:00:00.123456-04:30","Escalated":"false"}',
    },
    {
      text: '{"ID":"bot-odd","Datetime":1.7791056e12,"Escalated":1,"CSat":"high","AgentId":["a"],"ticketId":{"id":1},"userAgent":"Mozilla"}',
    },
    { text: '{"ID":"bot-leap","DatetimeUTC":"2026-05-18T23:59:60Z","Escalated":"yes"}' },
    { text: '{"ID":"bot-none","Datetime":null,"DatetimeUTC":null}', time: NOON },
  ],
  'salesloft.conversations': [
    {
      text: '{"id":"sl-offset","created_at":"2026-05-18T00:41:41.550510-04:00","updated_at":"2026-05-18T12:00:00.123999Z","event_start_date":"2026-05-17 23:00:00Z","account":{"id":"81","_href":"https://api.example.com/81"},"person":null,"duration":1834000.5}',
    },
    {
      text: '{"id":"sl-old","created_at":"2024-11-30T23:59:59.999999Z","updated_at":"2026-05-18T13:00:00Z","account":{"id":9007199254740993},"person":"82","recording":[],"is_api":"true","title":null}',
    },
    {
      text: '{"id":"sl-undated","created_at":null,"updated_at":"2026-05-18T14:00:00Z","call_id":77,"media_type":["audio"]}',
      time: NOON,
    },
  ],
  'salesloft.transcriptions': [
    {
      text: '{"id":"sl-offset","language_code":"en-US","created_at":"2026-05-18T00:41:41.550510-04:00","updated_at":"2026-05-18T12:00:00.123999Z","conversation":{"id":"c-1","_href":"https://api.example.com/c-1"}}',
    },
    {
      text: '{"id":"sl-old","language_code":["en"],"created_at":"2024-11-30T23:59:59.999999Z","updated_at":"2026-05-18T13:00:00Z","conversation":"c-2","transcription_sentences":{"id":9007199254740993},"transcription_artifact":[]}',
    },
    {
      text: '{"id":"sl-undated","created_at":null,"updated_at":"2026-05-18T14:00:00Z","conversation":null}',
      time: NOON,
    },
  ],
  'voiceable.conversations': [
    {
      text: '{"conversation_id":"vo-docs","created_at":"2026-05-18T12:00:00Z","transcript":[{"role":"user","content":"Hi\\n"}],"metadata":{},"messages":"14"}',
    },
    {
      text: '{"id":"vo-app","metadata":{"start_time_unix_secs":1779105600,"call_duration_secs":125,"credits":null},"duration":"2:05","date":"2026-05-18","has_audio":false,"cost":{"amount_cents":12.5}}',
    },
    {
      text: '{"conversation_id":"","id":"vo-empty-key","created_at":"yesterday","start_time_unix_secs":1779105600,"metadata":"none","cost":3}',
    },
    {
      text: '{"conversation_id":"vo-both","id":"other","created_at":1779105600,"metadata":{"start_time_unix_secs":"2026-05-18T12:00:00Z"},"tool_names":[]}',
    },
    { text: '{"conversation_id":"vo-none","metadata":[1],"created_at":""}', time: NOON },
  ],
  'elevenlabs.conversations': [
    {
      text: '{"conversation_id":"el-seconds","start_time_unix_secs":1779105600,"call_duration_secs":"125","rating":null,"tool_names":["end_call"],"tag_ids":null,"data_collection_results":{"a":{"value":1}}}',
    },
    {
      text: '{"conversation_id":"el-text","start_time_unix_secs":"2026-05-18T14:00:00+02:00","message_count":[],"call_success_score":0.125}',
    },
    { text: '{"conversation_id":"el-none","start_time_unix_secs":null,"agent_name":{"first":"A"}}', time: NOON },
  ],
};

/** What the view of a stream is tried with as the size of rows too large for a line: more than its other rows have. */
export function largeBytes(stream: StreamName): number {
  return isDetailStream(stream) ? 400_000 : 20_000;
}

/** Puts one row into the stream's world that is too large for a line, or whose detail is. */
export function putLarge(simulator: Simulator, stream: StreamName): void {
  const world = simulator.world(stream);
  const fill = 'x'.repeat(largeBytes(stream));
  if (!isDetailStream(stream)) {
    const text = handPutRows[listStream(stream)][0]?.text ?? '';
    world.put(`{"fill":"${fill}",${text.slice(1).replace(/"(voc|bot|sl|vo|el)-\w+"/, '"large"')}`);
    return;
  }
  const key = { id: 'large', conversation_id: 'large' };
  world.put({
    ...key,
    created_at: NOON,
    updated_at: NOON,
    start_time_unix_secs: Date.parse(NOON) / 1000,
    status: 'done',
  });
  const detail = { ...key, status: 'done', transcript: [{ message: fill }] };
  simulator
    .details(stream)
    .put('large', JSON.stringify(stream === 'salesloft.transcript_sentences' ? [detail] : detail));
}

/** Puts the stream's rows into its world, to be exported like any others. */
export function putByHand(world: World, stream: StreamName): void {
  for (const { text, time } of handPutRows[listStream(stream)]) {
    world.put(text, time === undefined ? {} : { time: Date.parse(time) });
  }
}
