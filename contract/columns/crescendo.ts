import { type Column, instant, number, text, trueOrFalse } from './column.ts';

const topic: readonly Column[] = [
  text('Category', 'First level of the topic that Crescendo assigned'),
  text('Subcategory', 'Second level of the topic'),
  text('Tertiary', 'Third level of the topic'),
];

/**
 * Voice-of-customer rows, as the vendor's OpenAPI document (version 1.6.0) lists their properties. None is required; ids may be
 * numbers, groups and tags lists.
 */
export const vocconv: readonly Column[] = [
  text('ID', 'Id of the conversation'),
  text('TenantID', "Crescendo's id of the tenant"),
  // No offset comes with it, so it tells no instant.
  text(
    'Datetime',
    "Start as the vendor writes it, without an offset (the tenant's local time, it seems); see datetime_utc",
  ),
  instant('DatetimeUTC', 'Start, UTC'),
  text('Direction', 'Such as inbound or outbound'),
  text('Media', 'Channel, such as email, voice or chat; JSON text where there are several'),
  number('Duration', 'How long it took; the vendor does not name the unit'),
  text('AgentId', 'Id of the agent; text, though the vendor may send a number'),
  text('AgentName', 'Personal data'),
  text('AgentEmail', 'Personal data'),
  text('CustomerId', 'Id of the customer; text, though the vendor may send a number'),
  text('CustomerName', 'Personal data'),
  text('CustomerEmail', 'Personal data'),
  text('Groups', 'One group, or a JSON array of several'),
  text('Tags', 'One tag, or a JSON array of several'),
  ...topic,
  text('CategoryExplanation', 'Why the topic was assigned'),
  text('CategoriesId', 'Id of the set of topics'),
  text('Summary', 'Written by the vendor some time after the conversation'),
  number('CSat', 'Satisfaction of the customer; may come days later', 'csat'),
  text('CSatExplanation', 'Why it was rated so', 'csat_explanation'),
  number('Sentiment', 'Mood of the conversation'),
  text('SentimentExplanation', 'Why the mood was judged so'),
  text('Problems', 'JSON array of free-form objects'),
  text('KPIs', 'JSON array of free-form objects', 'kpis'),
  text('SourceSystem', 'Where the ticket lives'),
  text('TicketId', 'Id of the ticket; text, though the vendor may send a number'),
  text('TicketUrl', 'Address of the ticket'),
];

/** Assistant rows. `Datetime` is epoch milliseconds here, and three names hold a blank. */
export const botconv: readonly Column[] = [
  text('ID', 'Id of the conversation'),
  text('TenantID', "Crescendo's id of the tenant"),
  text('BotID', 'Id of the assistant'),
  text('BotName', 'Name of the assistant'),
  instant('Datetime', 'Start (the vendor sends epoch milliseconds), UTC'),
  instant('EndDatetime', 'End (the vendor sends epoch milliseconds), UTC; null while the conversation goes on'),
  instant('DatetimeUTC', 'Start, UTC'),
  instant('EndDatetimeUTC', 'End, UTC; null while the conversation goes on'),
  number('Duration', 'Seconds'),
  trueOrFalse('Escalated', 'Whether a person took over'),
  instant('escalatedAt', 'When a person took over, UTC'),
  number('CSat', 'Satisfaction of the contact; may come hours later', 'csat'),
  text('AgentName', 'Who took over; personal data'),
  text('AgentEmail', 'Personal data'),
  text('AgentId', 'Id of the agent; text, though the vendor may send a number'),
  ...topic,
  text('RemoteIp', 'Personal data'),
  text('Referrer', 'Page from which the conversation was opened'),
  text('userAgent', 'Browser; personal data'),
  text('Media', 'Channel; JSON text where there are several'),
  text('Summary', 'Written by the vendor some time after the conversation'),
  text('Handoff Reason', 'Why a person took over'),
  text('Input', 'What the contact asked first'),
  text('ticketId', 'Id of the ticket; text, though the vendor may send a number'),
  text('ticketUrl', 'Address of the ticket'),
  text('ticketKind', 'Where the ticket lives'),
  text('Contact Name', 'Personal data'),
  text('Contact Email', 'Personal data'),
  text('Contact Phone', 'Personal data'),
];
