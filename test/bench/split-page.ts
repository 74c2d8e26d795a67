/**
 * How fast a page is split, against JSON.parse on the same bytes in the same run: node test/bench/split-page.ts
 * The machine's own speed drifts, so the two take turns, the best round of each counts, and the ratio is what to watch.
 */

import { splitLines } from '../../functions/engine/rows/lines.ts';
import { readRow } from '../../functions/engine/rows/read-row.ts';
import { splitPage } from '../../functions/engine/rows/split-page.ts';

const ROUNDS = 40;
const ROW_COUNT = 5000;
const fields = [['ID'], ['DatetimeUTC']] as const;

const sentence =
  'The customer asked for a refund of the last invoice. The agent checked it, apologised for the outage and opened a ticket with the "billing" team. ';

function makeRow(n: number): object {
  const minute = String(n % 60).padStart(2, '0');
  return {
    ID: `5f0c1e${String(n).padStart(6, '0')}-4bbb-8ccc-0123456789ab`,
    TenantID: 'tenant-alpha',
    Direction: n % 3 === 0 ? 'outbound' : 'inbound',
    Media: ['voice', 'chat'].slice(n % 2),
    AgentName: 'Ana Souza',
    AgentEmail: 'ana.souza@example.com',
    AgentId: 84213,
    CustomerName: n % 5 === 0 ? 'José Núñez' : 'Jo Nunn',
    CustomerEmail: `customer.${n}@example.org`,
    CustomerId: `c-${n * 7919}`,
    Datetime: `2026-03-01T10:${minute}:00-05:00`,
    DatetimeUTC: `2026-03-01T15:${minute}:00.123Z`,
    Duration: 30 + ((n * 7919) % 3000),
    TicketId: 7712341 + n,
    Groups: 'Billing',
    Tags: ['refund', 'vip', 'follow-up'].slice(n % 3),
    Category: 'Billing',
    Subcategory: 'Refund',
    Tertiary: null,
    CategoryExplanation: sentence.slice(0, 60 + (n % 60)),
    Summary: sentence.repeat(4).slice(0, 420 + (n % 130)),
    CSat: 4.5,
    CSatExplanation: 'polite\nand quick',
    Sentiment: 0.82,
    SentimentExplanation: 'calm',
    Problems: [
      { id: 1, text: 'invoice wrong', severity: 0.4 },
      { id: 2, text: 'late answer', severity: 0.2 },
    ],
    KPIs: [{ name: 'first_contact', value: n % 4 > 0 }],
    SourceSystem: 'zendesk',
    TicketUrl: `https://example.zendesk.com/agent/tickets/${7712341 + n}`,
  };
}

const rows = Array.from({ length: ROW_COUNT }, (_, n) => makeRow(n));
const page = Buffer.from(JSON.stringify({ total: ROW_COUNT, cursor: { next: 'abc' }, data: rows }));
const lines = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

function readLines(): number {
  let tokens = 0;
  for (const line of splitLines(lines)) tokens += readRow(line, fields).tokens.length;
  return tokens;
}

const contenders: readonly { readonly name: string; readonly bytes: number; readonly run: () => unknown }[] = [
  { name: 'JSON.parse', bytes: page.length, run: () => JSON.parse(page.toString()) },
  { name: 'splitPage', bytes: page.length, run: () => splitPage(page, fields, ['data', 'conversations']) },
  { name: 'splitLines + readRow', bytes: lines.length, run: readLines },
];

const bestMs = contenders.map(() => Number.POSITIVE_INFINITY);
for (let round = 0; round < ROUNDS; round++) {
  for (const [i, { run }] of contenders.entries()) {
    const began = performance.now();
    run();
    bestMs[i] = Math.min(bestMs[i] ?? Number.POSITIVE_INFINITY, performance.now() - began);
  }
}

console.log(`${ROW_COUNT} rows of ${Math.round(page.length / ROW_COUNT)} bytes, best of ${ROUNDS}`);
const speeds = contenders.map(({ bytes }, i) => bytes / 1000 / (bestMs[i] ?? Number.NaN));
for (const [i, { name }] of contenders.entries()) {
  const speed = speeds[i] ?? Number.NaN;
  console.log(
    `${name.padEnd(22)} ${speed.toFixed(0).padStart(5)} MB/s  ${(speed / (speeds[0] ?? Number.NaN)).toFixed(2)} x`,
  );
}
