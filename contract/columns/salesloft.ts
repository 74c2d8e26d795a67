import { type Column, instant, number, text, trueOrFalse } from './column.ts';

/** A reference to another resource: its id, and the whole of it as JSON text. */
function reference(field: string, to: string): readonly Column[] {
  return [text(field, `Reference to ${to}: JSON text with id and _href`), text([field, 'id'], `Id of ${to}`)];
}

/** Conversations, as the vendor's reference page of the list lists their properties. Any but the id may be null. */
export const conversations: readonly Column[] = [
  text('id', 'Id of the conversation'),
  text('title', 'Title of the meeting or call'),
  number('duration', 'Milliseconds'),
  trueOrFalse('is_api', 'Whether it was uploaded through the API'),
  text('platform', 'Where it was held, such as zoom or ms_teams'),
  text('media_type', 'audio or video'),
  text('organization_id', 'Id of the meeting organisation at Salesloft'),
  text('owner_id', 'Id of the owner'),
  text('user_guid', 'Id of the user'),
  text(
    'started_recording_at',
    'As the vendor writes it: a number or ISO 8601 text; the unit of the number is not documented',
  ),
  instant('event_start_date', 'Start of the meeting or call, UTC; may lie before created_at'),
  instant('event_end_date', 'End of the meeting or call, UTC'),
  text('language_code', 'BCP 47, such as en-US'),
  instant('created_at', 'When Salesloft created the row, UTC; never changes'),
  instant('updated_at', 'When Salesloft last changed the row, UTC'),
  text('call_id', 'Id of the call; absent for meetings'),
  ...reference('account', 'the account'),
  ...reference('person', 'the person'),
  ...reference('recording', 'the recording'),
  ...reference('transcription', 'the transcription, which comes some time after the row'),
  ...reference('transcription_sentences', 'the sentences of the transcription'),
  ...reference('transcription_artifact', 'the file of the transcription'),
];

/** Transcriptions, as clients of the list found them; a conversation may have one, and gets it some time after its own row. */
export const transcriptions: readonly Column[] = [
  text('id', 'Id of the transcription'),
  text('language_code', 'BCP 47, such as en-US'),
  instant('created_at', 'When Salesloft created the row, UTC; never changes'),
  instant('updated_at', 'When Salesloft last changed the row, UTC'),
  ...reference('conversation', 'the conversation'),
  ...reference('transcription_sentences', 'the sentences'),
  ...reference('transcription_artifact', 'the file with all sentences'),
];
