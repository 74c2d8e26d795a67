import { expect, test } from 'vitest';
import type { RunEvent } from '../../../functions/engine/ports.ts';
import { testScene } from '../../support/run/scene.ts';

test('of the windows that give fewer rows than the vendor counts, the first is named in one warning', async () => {
  const scene = await testScene({ stream: 'crescendo.vocconv', rows: 500, days: 1 });
  const tooMany = (body: string) => body.replace(/"total":(\d+)/, (_, total) => `"total":${Number(total) + 2}`);
  scene.turn({ faults: () => ({ kind: 'edit', edit: tooMany }) });
  const start = new Date(scene.now() - 10 * 60_000).toISOString();
  const events: RunEvent[] = [];

  const { windows, reconciled } = await scene.run({ start, observe: (event) => events.push(event) });

  expect(windows).toBeGreaterThan(2);
  expect(reconciled).toBe(false);
  const warnings = events
    .flatMap((event) => (event.event === 'warning' ? [event.message] : []))
    // A scene plans ahead of the vendor's clock, of which there is a warning too.
    .filter((message) => !message.includes('clock is ahead'));
  expect(warnings).toEqual([
    expect.stringMatching(
      /^crescendo\.vocconv of \S+: the window from \S+Z to \S+Z gave fewer rows than the vendor counts/,
    ),
  ]);
});
