import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkpointName } from '../../../contract/layout.ts';
import { encodeCheckpoint } from '../../../functions/engine/checkpoint/codec.ts';
import { now, openDesk } from './cli-fixture.ts';

const [FROM, TO] = ['2026-02-18T12:00:00.000Z', '2026-03-03T12:00:00.000Z'];

test('plan and status tell what is left of the history of a stream that was switched on late', async () => {
  const { run, lake, simulator } = await openDesk(['elevenlabs.transcripts'], {
    days: 20,
    rows: 60,
    settings: { start: FROM },
  });
  const { tenant } = simulator;
  const of = { source: 'elevenlabs', stream: 'elevenlabs.transcripts', tenant } as const;
  const first = await run(['plan', '--json', '--now', now]);
  const table = await run(['plan', '--now', now]);
  const left = { from: FROM, to: '2026-02-20T00:00:00.000Z' };
  const written = {
    epoch: 0,
    watermark: Date.parse('2026-03-10T11:00:00Z'),
    history: { from: Date.parse(left.from), to: Date.parse(left.to) },
    start: Date.parse(FROM),
    lake: './lake',
    updatedAt: Date.parse(now),
    run: 'r',
  };
  const path = join(lake, '.checkpoints', `${checkpointName(of)}.json`);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, encodeCheckpoint(written, of));

  const status = await run(['status', '--json', '--now', now]);
  const shown = await run(['status', '--now', now]);
  const next = await run(['plan', '--json', '--now', now]);
  const exported = await run(['export', '--json', '--now', now]);
  const after = await run(['status', '--json', '--now', now]);

  const fresh = { from: TO, to: '2026-03-10T12:00:00.000Z' };
  expect(first.lines).toMatchObject([{ watermark: null, new: fresh, history: { from: FROM, to: TO, windows: 14 } }]);
  expect(table.stdout).toMatch(/history/);
  expect(status.lines).toMatchObject([{ watermark: '2026-03-10T11:00:00.000Z', history: left }]);
  expect(shown.stdout).toContain('from 2026-02-20 00:00:00Z down to 2026-02-18 12:00:00Z');
  expect(next.lines).toMatchObject([{ history: { ...left, windows: 2 } }]);
  expect(exported.lines).toMatchObject([{ outcome: 'caught up' }]);
  expect(after.lines).toMatchObject([{ history: null }]);
});

test('plan counts the details that are due to be asked for again by id', async () => {
  const { run } = await openDesk(['salesloft.conversation_details', 'salesloft.conversations'], { days: 3, rows: 30 });
  const before = await run(['plan', '--json', '--now', now]);
  await run(['export', '--now', now]);
  const at = (instant: string) => run(['plan', '--json', '--now', instant]);
  // Each is asked for again 6 and 48 hours after its time, so that of those of the last two days each is due within two days.
  const [directly, later, table] = [await at(now), await at('2026-03-12T12:00:00Z'), await run(['plan', '--now', now])];

  const due = ({ lines }: typeof before) => lines.map((line) => (line as { revisits: unknown }).revisits);
  expect(due(before)).toEqual([null, null]);
  expect(due(directly)).toEqual([0, null]);
  expect(due(later)).toEqual([expect.toSatisfy((count: number) => count > 5 && count <= 30), null]);
  expect(table.stdout).toMatch(/due again/);
});
