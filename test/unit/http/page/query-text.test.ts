import { expect, test } from 'vitest';
import { queryText } from '../../../../functions/http/page/query-text.ts';

test('a query is sent in its order, and the name of a list once for each of its values', () => {
  const lists = { ids: ['a&b', 'c'], none: [] };

  expect(queryText({ query: { from: '2026-01-01T00:00:00+02:00', page: '1' }, lists })).toBe(
    'from=2026-01-01T00%3A00%3A00%2B02%3A00&page=1&ids=a%26b&ids=c',
  );
});
