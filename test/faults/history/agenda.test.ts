import { expect, test } from 'vitest';
import { Agenda } from './agenda.ts';

test.each([
  ['at one instant', 0],
  ['as time goes on', 1],
])('what goes round in a circle %s ends', async (_, everyMs) => {
  const agenda = new Agenda(0, 1000);
  const again = () => agenda.after(everyMs, again);
  again();

  await agenda.run(Number.MAX_SAFE_INTEGER);

  expect(agenda.happened).toBe(1000);
  expect(agenda.exhausted).toBe(true);
});
