import { describe, expect, test } from 'vitest';
import { packItems, SPANS_PER_ITEM, type Work } from '../../../../functions/lambda/backfill-plan/work.ts';

function work(credential: string, changes: Partial<Work['span']> = {}, concurrency = 4): Work {
  const ends = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' };
  const span = { lake: 's3://lake', stream: 'crescendo.vocconv', tenant: 'a', ...ends, windowMs: 1 } as const;
  return { credential, concurrency, span: { ...span, ...changes } };
}

describe('items', () => {
  test('hold all that is read with a credential, apart by stream and tenant', () => {
    const own = [work('x', { tenant: 'a' }), work('x', { tenant: 'b' }, 2), work('x', { tenant: 'a' }), work('y')];
    const { items, later } = packItems(own);

    expect(items.map(({ credential, groups }) => [credential, groups.map(({ spans }) => spans.length)])).toEqual([
      ['x', [2, 1]],
      ['y', [1]],
    ]);
    expect(items[0]?.groups.map(({ concurrency }) => concurrency)).toEqual([4, 2]);
    expect(later).toEqual([]);
  });

  test('leave what is too much for one item to a later round', () => {
    const many = Array.from({ length: SPANS_PER_ITEM + 2 }, (_, n) => work('x', { tenant: `t${n}` }));
    const { items, later } = packItems([...many, work('y')]);

    expect(items.map(({ groups }) => groups.length)).toEqual([SPANS_PER_ITEM, 1]);
    expect(later).toEqual(many.slice(-2));
  });

  test('of different streams take turns', () => {
    const slow = ['s1', 's2', 's3'].map((name) => work(name, { stream: 'salesloft.conversations' }));
    const { items } = packItems([...slow, work('c1'), work('c2')]);

    expect(items.map(({ credential }) => credential)).toEqual(['s1', 'c1', 's2', 'c2', 's3']);
  });

  test('read no more at the same time than an inline map can, nor than the least of a group says', () => {
    const { items } = packItems([work('x', {}, 64), work('y', {}, 3), work('y', {}, 2)]);

    expect(items.map(({ groups }) => groups[0]?.concurrency)).toEqual([40, 2]);
  });
});
