import { describe, expect, test } from 'vitest';
import { judgeDetail, judgeMeeting } from '../../../../functions/engine/partition/commit-rules.ts';
import { Rank } from '../../../../functions/engine/rows/identify.ts';

const TAG_TAKEN = 5;
const incumbent = { same: true, version: undefined, ours: false, readAt: 0, rank: Rank.final };
const challenger = {
  version: undefined,
  readAt: 8,
  walkBegan: 7,
  rank: Rank.final,
  refetched: false,
  doubtful: false,
  sameBytes: false,
};
const before = { ...challenger, readAt: 4, walkBegan: 3 };
const ranks = [Rank.marker, Rank.open, Rank.final] as const;
const pairs = ranks.flatMap((held) => ranks.map((came) => ({ held, came })));

describe('of two lines for one state', () => {
  test.each(pairs)('the one that tells more stays: $came comes over $held', ({ held, came }) => {
    for (const reading of [challenger, before]) {
      const verdict = judgeDetail({ ...incumbent, rank: held }, { ...reading, rank: came }, TAG_TAKEN);
      expect(verdict).toBe(came > held ? 'wins' : came < held ? 'loses' : 'same');
    }
  });

  test('the one that was fetched again wins where it differs, and does not tell less', () => {
    const again = { ...challenger, refetched: true };

    expect(judgeDetail(incumbent, again, TAG_TAKEN)).toBe('wins');
    expect(judgeDetail(incumbent, { ...again, sameBytes: true }, TAG_TAKEN)).toBe('same');
    expect(judgeDetail(incumbent, { ...again, walkBegan: 3 }, TAG_TAKEN)).toBe('undecided');
    expect(judgeDetail(incumbent, { ...again, rank: Rank.open }, TAG_TAKEN)).toBe('loses');
  });
});

describe('of two lines for different states', () => {
  const other = { ...incumbent, same: false };

  test('the later one stays, and nobody can say which where the walk began before the tag was taken', () => {
    expect(judgeDetail(other, challenger, TAG_TAKEN)).toBe('wins');
    expect(judgeDetail(other, { ...challenger, rank: Rank.open }, TAG_TAKEN)).toBe('wins');
    expect(judgeDetail(other, before, TAG_TAKEN)).toBe('undecided');
    expect(judgeDetail({ ...other, rank: Rank.marker }, { ...challenger, rank: Rank.marker }, TAG_TAKEN)).toBe('wins');
  });

  test('the one with the newer version stays', () => {
    expect(judgeDetail({ ...other, version: 2 }, { ...challenger, version: 1 }, TAG_TAKEN)).toBe('loses');
    expect(judgeDetail({ ...other, version: 1 }, { ...before, version: 2 }, TAG_TAKEN)).toBe('wins');
  });

  test('a marker never takes the place of a detail, of whatever version', () => {
    const marker = { ...challenger, rank: Rank.marker, version: 9 };

    expect(judgeDetail({ ...other, rank: Rank.open, version: 1 }, marker, TAG_TAKEN)).toBe('loses');
    expect(judgeDetail(other, { ...marker, refetched: true }, TAG_TAKEN)).toBe('loses');
  });
});

describe('a detail with nothing in it', () => {
  const doubtful = { ...challenger, doubtful: true };

  test('is read again where another run has a detail, so that this one is kept', () => {
    const others = { ...incumbent, same: false };

    expect(judgeDetail(others, doubtful, TAG_TAKEN)).toBe('undecided');
    expect(judgeDetail({ ...others, rank: Rank.open }, { ...doubtful, version: 2 }, TAG_TAKEN)).toBe('undecided');
    expect(judgeDetail({ ...incumbent, rank: Rank.open }, doubtful, TAG_TAKEN)).toBe('undecided');
  });

  test('takes the place of a marker, and of what this run itself has read', () => {
    expect(judgeDetail({ ...incumbent, rank: Rank.marker }, doubtful, TAG_TAKEN)).toBe('wins');
    expect(judgeDetail({ ...incumbent, same: false, ours: true }, doubtful, TAG_TAKEN)).toBe('wins');
  });

  test('is of no account where the other run has a whole one of the same state', () => {
    expect(judgeDetail(incumbent, doubtful, TAG_TAKEN)).toBe('same');
  });

  test.each([
    ['of an older state', { version: 1, rank: Rank.final }, false, 'undecided'],
    ['that is open', { version: 2, rank: Rank.open }, true, 'undecided'],
    ['of a newer state', { version: 3, rank: Rank.open }, false, 'settled'],
    ['of the same state', { version: 2, rank: Rank.final }, true, 'settled'],
  ] as const)('meets the commit of one %s', (_, present, same, meeting) => {
    const facts = { refetched: false, doubtful: false };
    const read = { ...facts, version: 2, rank: Rank.final, doubtful: true };

    expect(judgeMeeting(read, { ...facts, ...present }, { same, sameBytes: false })).toBe(meeting);
    expect(judgeMeeting(read, { ...facts, version: 1, rank: Rank.marker }, { same: false, sameBytes: false })).toBe(
      'wins',
    );
  });
});

describe('a line that was read and meets another run’s commit', () => {
  const line = { version: undefined, rank: Rank.final, refetched: false, doubtful: false };
  const same = { same: true, sameBytes: false };
  const other = { same: false, sameBytes: false };

  test.each(pairs)('for the same state stays where it tells more: $came meets $held', ({ held, came }) => {
    const meeting = judgeMeeting({ ...line, rank: came }, { ...line, rank: held }, same);
    expect(meeting).toBe(came > held ? 'wins' : 'settled');
  });

  test('for another state is read again, unless a version tells which is newer', () => {
    expect(judgeMeeting(line, line, other)).toBe('undecided');
    expect(judgeMeeting({ ...line, version: 2 }, { ...line, version: 1 }, other)).toBe('wins');
    expect(judgeMeeting({ ...line, version: 1 }, { ...line, version: 2 }, other)).toBe('settled');
  });

  test('and is a marker never takes the place of a detail', () => {
    const marker = { ...line, rank: Rank.marker, version: 9 };
    expect(judgeMeeting(marker, { ...line, rank: Rank.open, version: 1 }, other)).toBe('settled');
  });

  test('and was fetched again is read again where it differs', () => {
    const again = { ...line, refetched: true };
    expect(judgeMeeting(again, line, same)).toBe('undecided');
    expect(judgeMeeting(again, line, { same: true, sameBytes: true })).toBe('settled');
  });
});
