import Table from 'cli-table3';

const NONE = '';
const PLAIN = {
  'top-left': NONE,
  'top-mid': NONE,
  'top-right': NONE,
  top: NONE,
  left: NONE,
  'left-mid': NONE,
  mid: NONE,
  'mid-mid': NONE,
  right: NONE,
  'right-mid': NONE,
  'bottom-left': NONE,
  'bottom-mid': NONE,
  'bottom-right': NONE,
  bottom: NONE,
  middle: '  ',
};

/** A table of columns without lines or colours, for terminals, pipes and files alike. Columns of numbers stand to the right. */
export function plainTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numbers: { readonly first: number; readonly last: number } | ((at: number) => boolean) = () => false,
): string {
  const isNumber = typeof numbers === 'function' ? numbers : (at: number) => at >= numbers.first && at <= numbers.last;
  const table = new Table({
    head: [...head],
    chars: PLAIN,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_, at) => (isNumber(at) ? 'right' : 'left')),
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
