import type { BackfillItem, BackfillItemResult } from '../../../contract/backfill.ts';
import type { TextFiles } from './round-files.ts';
import type { FailedWork, Work } from './work.ts';

/** What a round did not read to its end. */
export interface RoundResults {
  readonly unfinished: readonly Work[];
  readonly failed: readonly FailedWork[];
}

/** What the distributed map says where its results are, as far as it is needed. */
interface Manifest {
  readonly ResultFiles: Readonly<Record<'FAILED' | 'PENDING' | 'SUCCEEDED', readonly { readonly Key: string }[]>>;
}

/** An item's execution in one of those files. Input and output are JSON text. */
interface ItemExecution {
  readonly Input: string;
  readonly Output?: string;
  readonly Status?: string;
  readonly Error?: string;
  readonly Cause?: string;
}

/**
 * Reads the results of a round. Executions of items catch what their spans fail of and end well; one that did not (it was stopped, or
 * came to a limit of Step Functions) says nothing of single spans, so that all of them count as failed.
 */
export async function readRoundResults(files: TextFiles, manifestKey: string): Promise<RoundResults> {
  const { ResultFiles }: Manifest = JSON.parse(await files.read(manifestKey));
  const unfinished: Work[] = [];
  const failed: FailedWork[] = [];
  for await (const { Output } of executions(files, ResultFiles.SUCCEEDED)) {
    const result: BackfillItemResult = JSON.parse(Output ?? 'null');
    for (const { concurrency, outcomes } of result.groups) {
      for (const { left, error, cause = '' } of outcomes) {
        const work = { credential: result.credential, concurrency, span: left };
        if (error === undefined) unfinished.push(work);
        else failed.push({ ...work, error, cause });
      }
    }
  }
  for await (const execution of executions(files, [...ResultFiles.FAILED, ...ResultFiles.PENDING])) {
    const { Input, Status = 'PENDING', Error: error = Status, Cause: cause = '' } = execution;
    const { credential, groups }: BackfillItem = JSON.parse(Input);
    for (const { concurrency, spans } of groups) {
      failed.push(...spans.map((span) => ({ credential, concurrency, span, error, cause })));
    }
  }
  return { unfinished, failed };
}

async function* executions(
  files: TextFiles,
  named: readonly { readonly Key: string }[],
): AsyncGenerator<ItemExecution> {
  for (const { Key } of named) {
    const found: readonly ItemExecution[] = JSON.parse(await files.read(Key));
    yield* found;
  }
}
