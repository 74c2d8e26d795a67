import { expect, test } from 'vitest';
import { now, openDesk, vendorLines } from './cli-fixture.ts';

const AHEAD = '2026-04-20T12:00:00Z';

test('a clock that was ahead once fails the next runs, shows in status, and the command that is named puts it right', async () => {
  let vendorNow = now;
  const { run, simulator, rows } = await openDesk(['elevenlabs.conversations'], { now: () => Date.parse(vendorNow) });
  vendorNow = AHEAD; // else the vendor's own clock would keep the watermark back
  await run(['export', '--json', '--now', AHEAD]);
  vendorNow = now;

  const after = await run(['export', '--json', '--now', now]);
  const status = await run(['status', '--json', '--now', now]);
  const table = await run(['status', '--now', now]);
  const plan = await run(['plan', '--now', now]);

  const [{ error } = {}] = after.lines;
  const command = /convlake (rewind .*--yes)/.exec(String(error))?.[1] ?? '';
  expect(after).toMatchObject({ status: 1, lines: [{ outcome: 'failed' }] });
  expect(error).toContain('2026-04-20T12:00:00.000Z');
  expect(error).toContain('2026-03-10T12:00:00.000Z');
  expect(status).toMatchObject({ status: 1, lines: [{ clockAhead: true }] });
  expect(table).toMatchObject({ status: 1, stdout: expect.stringContaining('clock ahead') });
  for (const { stderr } of [status, table, plan]) expect(stderr).toContain(command);

  const rewound = await run(command.split(' '));
  const fixed = await run(['export', '--json', '--now', now]);

  expect(rewound.status).toBe(0);
  expect(fixed).toMatchObject({ status: 0, lines: [{ outcome: 'caught up', watermark: '2026-03-10T12:00:00.000Z' }] });
  expect(await rows('elevenlabs.conversations')).toEqual(
    expect.arrayContaining([...vendorLines(simulator, 'elevenlabs.conversations')]),
  );
});

test("a machine's clock that is ahead of the vendor's is told, and moves no watermark past it", async () => {
  const { run } = await openDesk(['elevenlabs.conversations']);

  const { status, lines, stderr } = await run(['export', '--json', '--now', AHEAD]);

  expect(status).toBe(0);
  expect(lines).toMatchObject([{ outcome: 'caught up', watermark: '2026-03-10T12:05:00.000Z' }]);
  expect(stderr).toContain("this machine's clock is ahead of the vendor's");
});

test('--now does not reach past the real clock, and a start in the future is refused', async () => {
  const { run } = await openDesk(['elevenlabs.conversations'], { now: Date.now });
  const future = await openDesk(['elevenlabs.conversations'], { settings: { start: '2999-01-01' } });
  const before = Date.now();

  const { status, lines } = await run(['export', '--json', '--now', '2999-01-01']);
  const refused = await future.run(['export', '--json', '--now', '2999-06-01']);

  expect(status).toBe(0);
  const [{ watermark } = {}] = lines;
  expect(Date.parse(String(watermark))).toBeGreaterThan(before - 1000);
  expect(Date.parse(String(watermark))).toBeLessThanOrEqual(Date.now());
  expect(refused).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('streams[0].start: "2999-01-01" lies in the future'),
  });
});
