import { describe, expect, test } from 'vitest';
import { duckdbProblem } from '../../../../cli/query/query-error.ts';
import { statementsIn } from '../../../../cli/query/statements.ts';

describe('statementsIn', () => {
  test.each([
    ['SELECT 1', [], 'SELECT 1'],
    ['SELECT 1; SELECT 2;', ['SELECT 1', 'SELECT 2'], undefined],
    [`SELECT ';', 'it''s;' AS "a;""b;" ; rest`, [`SELECT ';', 'it''s;' AS "a;""b;"`], 'rest'],
    ['-- a; b\nSELECT 1 /* ; */; -- the end;', ['-- a; b\nSELECT 1 /* ; */'], undefined],
    ['SELECT $$a;b$$, $t$;$$;$t$; x', ['SELECT $$a;b$$, $t$;$$;$t$'], 'x'],
    [';;\n ;', [], undefined],
    ["SELECT 'open; more", [], "SELECT 'open; more"],
    ['SELECT /* open; more', [], 'SELECT /* open; more'],
    ['', [], undefined],
  ])('takes %j apart', (sql, complete, rest) => {
    expect(statementsIn(sql)).toEqual({ complete, rest });
  });
});

describe('duckdbProblem', () => {
  test.each([
    [
      'Parser Error: syntax error at or near "FORM"\n\nLINE 1: SELECT * FORM t\n                 ^',
      'Parser Error: syntax error at or near "FORM" (line 1, column 10)',
    ],
    [
      'Binder Error: no x!\nCandidate bindings: "y"\n\nLINE 12: ... x FROM t\n             ^',
      'Binder Error: no x!; Candidate bindings: "y" (line 12)',
    ],
    ['Failed to extract statements: Parser Error: bad', 'Parser Error: bad'],
    ['IO Error: no file', 'IO Error: no file'],
    ['INTERNAL Error: x\n\nStack Trace:\n\n/usr/lib/a.so [0x1]', 'INTERNAL Error: x'],
  ])('says in one line what DuckDB says in several: %j', (message, line) => {
    expect(duckdbProblem(message)).toBe(line);
  });
});
