import { gzipSync } from 'node:zlib';
import { objectKey } from '../../../contract/layout.ts';
import { type StreamName, streamDefinition } from '../../../contract/streams.ts';

/** Lines of a stream of details, and what the view of turns must show of them. */
interface TurnLines {
  readonly stream: StreamName;
  readonly lines: readonly string[];
  /** Key, position, who speaks, begin and end in seconds, text; in the order of key and position. */
  readonly turns: readonly (readonly (string | number | null)[])[];
  /** Of the columns: the key of the conversation, and who speaks. */
  readonly columns: readonly [string, string];
}

/** The day of all of them: before anything that a simulator dates. */
export const TURNS_DT = '2026-05-11';

const TIME = `"time":"${TURNS_DT}T12:00:00Z","listed":"1.0a"`;

/** With everything that the views of turns must bear: no turns, turns of another kind, names of both vendors, markers, text that is not JSON. */
export const turnLines: readonly TurnLines[] = [
  {
    stream: 'elevenlabs.transcripts',
    columns: ['conversation_id', 'role'],
    lines: [
      `{"conversation_id":"el-turns",${TIME},"detail":{"status":"done","metadata":{"call_duration_secs":9},"transcript":[{"role":"agent","message":"Hi","time_in_call_secs":0},{"role":"user","message":null,"time_in_call_secs":4},{"role":"user","message":"bye \\u00e9","time_in_call_secs":"6"}]}}`,
      `{"conversation_id":"el-odd",${TIME},"detail":{"transcript":[7,null,["role"],{"role":{"a":1},"message":["x"],"time_in_call_secs":"soon"}]}}`,
      `{"conversation_id":"el-object",${TIME},"detail":{"transcript":{"role":"user"}}}`,
      `{"conversation_id":"el-text",${TIME},"detail":{"transcript":"long ago"}}`,
      `{"conversation_id":"el-none",${TIME},"detail":{"transcript":[]}}`,
      `{"conversation_id":"el-gone",${TIME},"gone":404}`,
      `{"conversation_id":"el-failed",${TIME},"failed":502}`,
      'not JSON',
    ],
    turns: [
      ['el-odd', 1, null, null, null, null],
      ['el-odd', 2, null, null, null, null],
      ['el-odd', 3, null, null, null, null],
      ['el-odd', 4, '{"a":1}', null, null, '["x"]'],
      ['el-turns', 1, 'agent', 0, 4, 'Hi'],
      ['el-turns', 2, 'user', 4, 6, null],
      ['el-turns', 3, 'user', 6, 9, 'bye \u00e9'],
    ],
  },
  {
    stream: 'voiceable.transcripts',
    columns: ['conversation_id', 'role'],
    lines: [
      `{"conversation_id":"vo-docs",${TIME},"detail":{"metadata":{"duration":20},"transcript":[{"role":"assistant","content":"Hi","timestamp":"${TURNS_DT}T12:00:01.5Z"},{"role":"user","content":"Yo","timestamp":"${TURNS_DT}T14:00:04+02:00"}]}}`,
      `{"conversation_id":"vo-eleven",${TIME},"detail":{"transcript":[{"role":"agent","message":"Hi","time_in_call_secs":0},{"role":"user","message":"Yo","time_in_call_secs":2.5},{"role":"agent","message":"So","time_in_call_secs":4}]}}`,
    ],
    turns: [
      ['vo-docs', 1, 'assistant', 1.5, 4, 'Hi'],
      ['vo-docs', 2, 'user', 4, 20, 'Yo'],
      ['vo-eleven', 1, 'agent', 0, 2.5, 'Hi'],
      ['vo-eleven', 2, 'user', 2.5, 4, 'Yo'],
      ['vo-eleven', 3, 'agent', 4, null, 'So'],
    ],
  },
  {
    stream: 'salesloft.transcript_sentences',
    columns: ['transcription_id', 'speaker'],
    lines: [
      `{"id":"sl-t1",${TIME},"version":"${TURNS_DT}T12:00:00Z","detail":[{"id":"sl-t1","start_time":0.5,"end_time":2.25,"text":"Hello","recording_attendee_id":"a1","conversation":{"id":"c1"}},{"text":5,"start_time":null}]}`,
      `{"id":"sl-t2",${TIME},"version":"${TURNS_DT}T12:00:00Z","detail":[]}`,
    ],
    turns: [
      ['sl-t1', 1, 'a1', 0.5, 2.25, 'Hello'],
      ['sl-t1', 2, null, null, null, '5'],
    ],
  },
];

/** The object of the lines of a stream. */
export function turnObject(stream: StreamName, tenant: string): { readonly key: string; readonly bytes: Uint8Array } {
  const lines = turnLines.find((of) => of.stream === stream)?.lines ?? [];
  const { table } = streamDefinition(stream);
  return { key: objectKey({ table, tenant, dt: TURNS_DT }), bytes: gzipSync(`${lines.join('\n')}\n`) };
}

/** The query that gives the turns of `turnLines`, in Trino's words. */
export function turnsQuery(view: string, [key, speaker]: TurnLines['columns']): string {
  return `SELECT ${key}, position, ${speaker}, start_secs, end_secs, "text" FROM ${view} WHERE dt = '${TURNS_DT}' ORDER BY 1, 2`;
}
