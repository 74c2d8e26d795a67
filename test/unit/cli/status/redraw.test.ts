import { expect, test } from 'vitest';
import { redraw, type Screen } from '../../../../cli/status/redraw.ts';

const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[HKJ]`, 'g');

/** A screen of a size that notes what is drawn, without the codes that move the cursor. */
function screenOf(columns: number, rows: number): Screen & { readonly drawn: string[] } {
  const drawn: string[] = [];
  return { columns, rows, drawn, write: (text) => drawn.push(text.replaceAll(ESCAPES, '')) };
}

/** Draws a frame twice. */
async function drawTwice(lines: readonly string[], screen: Screen): Promise<void> {
  const controller = new AbortController();
  let frames = 0;
  const frame = async () => {
    if (++frames === 2) queueMicrotask(() => setImmediate(() => controller.abort()));
    return lines;
  };
  await redraw(frame, screen, 1, controller.signal);
}

test('draws again and again until it is told to end', async () => {
  const screen = screenOf(80, 24);

  await drawTwice(['one', 'two'], screen);

  expect(screen.drawn.length).toBeGreaterThanOrEqual(2);
  expect(new Set(screen.drawn)).toEqual(new Set(['one\ntwo\n']));
});

test('ends at once, also while it looks', async () => {
  const controller = new AbortController();
  const screen = screenOf(80, 24);
  const never = new Promise<readonly string[]>(() => {});
  setImmediate(() => controller.abort());

  await redraw(() => never, screen, 1, controller.signal);

  expect(screen.drawn).toEqual([]);
});

test('fails for what a look fails for', async () => {
  const failing = async () => {
    throw new Error('no lake');
  };

  await expect(redraw(failing, screenOf(80, 24), 1, new AbortController().signal)).rejects.toThrow('no lake');
});

test.each([
  ['lines that are too many', 80, ['1', '2', '3', '4', '5'], ['1', '2', '… 3 more lines']],
  ['lines that take several of the screen', 10, ['a'.repeat(20), 'b'.repeat(11)], ['a'.repeat(20), '… 1 more lines']],
  ['lines that fit exactly', 80, ['1', '2', '3'], ['1', '2', '3']],
])('says what a screen of four rows has no room for: %s', async (_, columns, lines, shown) => {
  const screen = screenOf(columns, 4);

  await drawTwice(lines, screen);

  const drawn = screen.drawn[0]?.trimEnd().split('\n') ?? [];
  expect(drawn.map((line, at) => line.slice(0, shown[at]?.length))).toEqual(shown);
});
