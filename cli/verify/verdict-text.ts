import type { Finding } from '../../functions/engine/verify/finding.ts';
import { plainTable } from '../output/plain-table.ts';
import { counted, nameOf } from '../output/words.ts';
import { type Repair, repairCommand } from './repairs.ts';
import type { Verdict } from './verify-stream.ts';

/** The findings one by one, and what was read of each stream. */
export function verdictText(verdicts: readonly Verdict[], repairs: readonly Repair[] | undefined): string {
  const notes = verdicts.flatMap(({ stream, notes }) => notes.map((note) => `${nameOf(stream)}: ${note}.`));
  const parts = [
    verdicts.flatMap(({ findings }) => findings.map(findingLine)).join('\n'),
    verdictTable(verdicts),
    notes.join('\n'),
    repairs === undefined ? '' : repairText(repairs),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** One line of JSON a stream and tenant. `typed` completes the commands in it. */
export function verdictLine(
  { stream, objects, rows, findings, untold, notes }: Verdict,
  repairs: readonly Repair[],
  typed: (message: string) => string,
): string {
  const { definition, tenant } = stream;
  const facts = { stream: definition.stream, tenant, objects, rows, findings, untold, notes };
  return JSON.stringify({ ...facts, repairs: repairs.map((repair) => typed(repairCommand(repair))) });
}

function findingLine({ kind, object, row, key, message }: Finding): string {
  const of = key === undefined ? row : `${row} ${JSON.stringify(key)}`;
  return [kind, object, ...(of === undefined ? [] : [of]), message].join('  ');
}

function verdictTable(verdicts: readonly Verdict[]): string {
  return plainTable(
    ['stream', 'tenant', 'objects', 'rows', 'findings'],
    verdicts.map(({ stream, objects, rows, findings, untold }) => [
      stream.definition.stream,
      stream.tenant,
      counted(objects),
      counted(rows),
      counted(findings.length + untold),
    ]),
    { first: 2, last: 4 },
  );
}

function repairText(repairs: readonly Repair[]): string {
  if (repairs.length === 0) return 'Nothing that a backfill heals.';
  return ['What a backfill heals; with --yes it is done at once:', ...repairs.map(repairCommand)].join('\n');
}
