import { Details } from '../details/details.ts';
import type { RevisitBook } from '../details/revisits/revisit-book.ts';
import { LogicalClock } from '../partition/logical-clock.ts';
import { Writers } from '../partition/writers.ts';
import type { Ports } from '../ports.ts';
import { rowEntry } from '../rows/oversized.ts';
import { readRowOf } from '../rows/read-row.ts';
import { fieldsToRead } from '../rows/row.ts';
import type { StreamSettings } from '../settings.ts';
import type { Dialect } from '../source.ts';
import type { ReadingContext } from './read-task.ts';
import type { Tally } from './tally.ts';
import type { Ledger } from './tasks/ledger.ts';

/** What the reading of a run is put together from. */
export interface ReadingParts {
  readonly ledger: Ledger;
  readonly tally: Tally;
  readonly settings: StreamSettings;
  readonly dialect: Dialect;
  readonly ports: Ports;
  readonly runId: string;
  /** Of a detail stream: what is to be asked for again. */
  readonly book: RevisitBook | undefined;
  readonly outOfTime: ReadingContext['outOfTime'];
  readonly afterPage: ReadingContext['afterPage'];
}

/** Puts together what the tasks of a run are read with: rows enter by their stream's definition, those of a detail stream's list by its parent's. */
export function openReading(parts: ReadingParts): ReadingContext {
  const { settings, dialect, ports, runId, book, tally, ledger, outOfTime, afterPage } = parts;
  const { definition, tenant } = settings;
  const fields = fieldsToRead(definition);
  const entry = rowEntry(settings);
  const logicalClock = new LogicalClock();
  const writers = new Writers(definition, tenant, {
    ports: { ...ports, lake: book?.ahead(ports.lake) ?? ports.lake },
    logicalClock,
    packs: new Set(),
    runId,
    kinds: { versioned: definition.version !== undefined, details: definition.details !== undefined },
    identifyLine: (line, path) => entry.identify(readRowOf(path, line, fields)),
  });
  const details = detailsOf(parts, { fields, entry, writers });
  return {
    stream: definition.stream,
    tenant,
    ports,
    dialect,
    fields: details?.list.fields ?? fields,
    entry,
    logicalClock,
    ledger,
    writers,
    tally,
    details,
    outOfTime,
    afterPage,
  };
}

function detailsOf(
  { settings, dialect, ports, book, tally }: ReadingParts,
  lake: Pick<ReadingContext, 'fields' | 'entry' | 'writers'>,
): Details | undefined {
  const { details } = settings.definition;
  if (!details || !dialect.details || !book) return undefined;
  return new Details({
    ...lake,
    book,
    settings,
    details,
    ports,
    dialect: dialect.details,
    tookIn: (row) => tally.detail(row),
    received: (bytes) => tally.body(bytes),
  });
}
