import { isoMs } from '../rows/instants.ts';
import { uuid } from '../rows/random.ts';
import { oddFields } from '../rows/row-kind.ts';
import { person, sentences } from '../rows/words.ts';
import { type DetailKind, numberOf, type Subject } from './detail-kind.ts';

const wordsOf = (of: Subject, ordinal = 1) => ({ seed: of.draw(96), ordinal });
const attendee = (of: Subject, number: number) => uuid(of.draw(83), number, 1);

/** The row of the list with what is made of the conversation later: of these each tells by a `status` how far it has got. */
export const salesloftExtensive: DetailKind = {
  stream: 'salesloft.conversation_details',
  depth: 1,
  unknownStatus: 404,
  make(of) {
    const made = of.nowMs >= of.atMs + of.details.summaryAfterMs;
    const status = made ? 'completed' : 'pending';
    const at = isoMs(of.atMs + of.details.summaryAfterMs);
    const people = [1, 2, 3].map((number) => ({ id: attendee(of, number), ...person(wordsOf(of, number), 26) }));
    const attendees = people.map(
      ({ id, name, email }, index) =>
        `{"id":"${id}","email":"${index === 2 ? 'n/a' : email}","full_name":"${name}","is_internal":${index === 0}}`,
    );
    const invitees = people.map(({ name, email }) => `{"email":"${email}","full_name":"${name}"}`);
    const summary = made
      ? `{"id":"${uuid(of.draw(84), 1, 1)}","text":"${sentences(wordsOf(of), 400, 4)}","status":"${status}","created_at":"${at}"}`
      : `{"id":null,"text":null,"status":"${status}","created_at":null}`;
    const item = `{"id":"${uuid(of.draw(85), 1, 1)}","original_text":"${sentences(wordsOf(of), 500, 1)}","edited_text":null,"created_at":"${at}","updated_at":"${at}"}`;
    const filler = of.happens(of.details.large.share, 99) ? `,"notes":"${'x'.repeat(of.details.large.bytes)}"` : '';
    return (
      `${rowOf(of)},"owner_email":"${people[0]?.email}","opportunity":null,"summary":${summary}` +
      `,"key_moments":{"status":"${status}","items":[${made ? '{"name":"Pricing","categories":["Commercial"]}' : ''}]}` +
      `,"action_items":{"status":"${status}","items":[${made ? item : ''}]}` +
      `,"attendees":[${attendees.join(',')}],"invitees":[${invitees.join(',')}],"meddpicc":null${filler}}`
    );
  },
};

/** The row of the list without its closing bracket, with the id as text. */
function rowOf({ line, key }: Subject): string {
  const withId = line.replace(/"id"\s*:\s*(?:"(?:[^"\\]|\\.)*"|[^,}\s]+)/, () => `"id":${JSON.stringify(key)}`);
  return withId.trimEnd().slice(0, -1);
}

/** The sentences of a transcription. Each new version of it has another number of them: a transcription is made anew. */
export const salesloftSentences: DetailKind = {
  stream: 'salesloft.transcript_sentences',
  depth: 2,
  unknownStatus: 404,
  make(of) {
    let startMs = 0;
    return Array.from({ length: sentenceCount(of) }, (_, index) => {
      const lengthMs = 900 + (of.draw(200 + index) % 7000);
      const [from, to] = [startMs, startMs + lengthMs];
      startMs = to + (lengthMs % 400);
      // Old transcriptions have no numbers.
      const order = of.happens(of.details.unnumbered, 86) ? '' : `,"order_number":${index}`;
      const isLarge = index === 0 && of.happens(of.details.large.share, 99);
      const words = isLarge ? 'x'.repeat(of.details.large.bytes) : sentences(wordsOf(of), 2000 + index * 4, 1);
      return (
        `{"id":${JSON.stringify(of.key)},"start_time":${from / 1000},"end_time":${to / 1000}${order}` +
        `,"recording_attendee_id":"${attendee(of, 1 + (of.draw(3000 + index) % 3))}","text":"${words}"` +
        `,"conversation":${JSON.stringify(of.row['conversation'] ?? null)}${oddFields(of.knobs, of.draw(97), index)}}`
      );
    });
  },
};

/** Some fill a page to the last sentence, some take several pages, and some have none. */
function sentenceCount(of: Subject): number {
  const fewer = numberOf(String(of.row['updated_at'])) % 9;
  const kind = of.draw(87) % 24;
  if (kind === 0) return 0;
  if (kind === 1) return 100;
  if (kind === 2) return 200;
  return (kind < 6 ? 100 + (of.draw(88) % 170) : 12 + (of.draw(88) % 60)) - fewer;
}
