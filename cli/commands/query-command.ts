import { join } from 'node:path';
import type { Configuration, Problem } from '../../contract/configuration/configuration.ts';
import { readLake } from '../../contract/configuration/lake.ts';
import { defaultConfigurationFile } from '../../contract/configuration/read-configuration-file.ts';
import { type StreamDefinition, streams } from '../../contract/streams.ts';
import { ConvlakeError } from '../../functions/engine/errors.ts';
import { prepare } from '../options/prepare.ts';
import { type QueryFlags, readFormat, readQuestion } from '../options/query-flags.ts';
import { UsageError } from '../options/usage-error.ts';
import { printPiece } from '../output/print.ts';
import { type LakeDatabase, openLakeDatabase } from '../query/database/lake-database.ts';
import { loadDuckdb } from '../query/database/load-duckdb.ts';
import { bucketFiles } from '../query/files/bucket-files.ts';
import { copyProgress } from '../query/files/copy-progress.ts';
import { folderFiles, type LakeFiles } from '../query/files/lake-files.ts';
import { cacheFolder, stateFolder } from '../query/files/user-folders.ts';
import { readHistory, writeHistory } from '../query/history.ts';
import { type LakeCatalogue, lakeCatalogue } from '../query/lists.ts';
import type { Format } from '../query/output/formats.ts';
import { runPrompt } from '../query/prompt.ts';
import { QueryError, UnknownNameError } from '../query/query-error.ts';
import { ask, type Session } from '../query/session.ts';
import { type LakeView, storageOf } from '../run/storage.ts';

const INTERRUPT_EVERY_MS = 50;

/** The lake that is asked, and the streams whose tables it has. */
interface Asked extends Pick<Configuration, 'lake' | 'stage'> {
  readonly definitions: readonly StreamDefinition[];
}

/** `convlake query`: prints what a query over the lake gives. Resolves to the exit status. @throws UsageError */
export async function queryCommand(sql: string | undefined, flags: QueryFlags): Promise<number> {
  const problems: Problem[] = [];
  const format = readFormat(flags, problems);
  const question = await readQuestion(sql, flags, process.stdin, problems);
  if (problems.length > 0) throw new UsageError(problems);
  const asked = await lakeAsked(flags);
  const lake = openLater(asked, lakeCatalogue(asked.definitions));
  const interrupts = new AbortController();
  let interrupting: NodeJS.Timeout | undefined;
  const interrupt = () => {
    interrupts.abort();
    // Again and again, for DuckDB forgets what comes before a statement has begun.
    interrupting = setInterval(() => lake.opened()?.interrupt(), INTERRUPT_EVERY_MS);
  };
  const session = { ...lake, signal: interrupts.signal };
  if (question) process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    if (question) await ask(session, question, format);
    else await converse(lake, format);
    return 0;
  } catch (error) {
    if (interrupts.signal.aborted) return 130;
    if (!(error instanceof QueryError || error instanceof ConvlakeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error instanceof UnknownNameError ? 2 : 1;
  } finally {
    clearInterval(interrupting);
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await lake.close();
  }
}

/** The configuration's lake and streams, as a deployment has them; where there is none, a lake that is named has tables of every stream. */
async function lakeAsked(flags: QueryFlags): Promise<Asked> {
  const { config, lake } = flags;
  if (config === undefined && lake !== undefined && 'problem' in defaultConfigurationFile('--config')) {
    const read = readLake(lake);
    if ('refused' in read) throw new UsageError([{ path: '--lake', message: read.refused }]);
    return { lake: read.value, stage: 'none', definitions: [...streams.values()] };
  }
  const { configuration } = await prepare({
    ...(config !== undefined && { config }),
    ...(lake !== undefined && { lake }),
  });
  return { ...configuration, definitions: configuration.streams.map(({ definition }) => definition) };
}

/** A session whose database is opened by the first question that needs one. */
function openLater(
  asked: Asked,
  catalogue: LakeCatalogue,
): Session & { readonly opened: () => LakeDatabase | undefined; readonly close: () => Promise<void> } {
  let opened: LakeDatabase | undefined;
  let view: LakeView | undefined;
  return {
    catalogue,
    printer: { print: printPiece, say: (line) => process.stderr.write(`${line}\n`) },
    async database() {
      if (opened) return opened;
      const duckdb = await loadDuckdb();
      view = await (await storageOf(asked)).look();
      opened = await openLakeDatabase({ files: filesOf(asked, view), duckdb, tables: catalogue.tables });
      return opened;
    },
    opened: () => opened,
    async close() {
      opened?.close();
      await view?.close();
    },
  };
}

function filesOf({ lake }: Asked, view: LakeView): LakeFiles {
  if (!lake.startsWith('s3://')) return folderFiles(lake);
  const { hostname, pathname } = new URL(lake);
  return bucketFiles({
    lake: view,
    cache: join(cacheFolder(process.env), 'lakes', hostname, pathname),
    onCopied: copyProgress(lake, process.stderr),
  });
}

async function converse(session: ReturnType<typeof openLater>, format: Format): Promise<void> {
  const file = join(stateFolder(process.env), 'query-history');
  const typed = await runPrompt({
    session,
    format,
    input: process.stdin,
    output: process.stdout,
    history: await readHistory(file),
    interrupt: () => session.opened()?.interrupt(),
  });
  await writeHistory(file, typed);
}
