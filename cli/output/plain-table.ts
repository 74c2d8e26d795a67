import Table from 'cli-table3';

const none = '';
const plain = {
  'top-left': none,
  'top-mid': none,
  'top-right': none,
  top: none,
  left: none,
  'left-mid': none,
  mid: none,
  'mid-mid': none,
  right: none,
  'right-mid': none,
  'bottom-left': none,
  'bottom-mid': none,
  'bottom-right': none,
  bottom: none,
  middle: '  ',
};

/** A table of columns without lines or colours, for terminals, pipes and files alike. Columns of numbers stand to the right. */
export function plainTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numbers: { readonly first: number; readonly last: number } = { first: head.length, last: 0 },
): string {
  const table = new Table({
    head: [...head],
    chars: plain,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_, at) => (at >= numbers.first && at <= numbers.last ? 'right' : 'left')),
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
