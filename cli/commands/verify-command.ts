import { asError } from '../../functions/engine/errors.ts';
import type { Span } from '../../functions/engine/source.ts';
import { gzipCodec } from '../../functions/lake/gzip/gzip.ts';
import type { Flags } from '../options/flags.ts';
import { type Prepared, prepareVerify } from '../options/prepare.ts';
import { print } from '../output/print.ts';
import { nameOf } from '../output/words.ts';
import { storageOf } from '../run/storage.ts';
import { exitStatus, type StreamResult } from '../run/stream-result.ts';
import { AgainstVendor, notCompared } from '../verify/against-vendor.ts';
import { type Repair, repairsOf } from '../verify/repairs.ts';
import { verdictLine, verdictText } from '../verify/verdict-text.ts';
import { type Verdict, verifyStream } from '../verify/verify-stream.ts';
import { runWithProgress } from './run-command.ts';

/** The fastest of zlib: what is compared lies on this machine for a while. */
const CODEC = gzipCodec({ level: 1 });
const FOUND = 1;

/** `convlake verify`. Resolves to the exit status: 1 where something was found or could not be read. @throws UsageError */
export async function verifyCommand(flags: Flags): Promise<number> {
  const prepared = await prepareVerify(flags);
  const { span, showKeys } = prepared;
  const offline = await verifyOffline(prepared, showKeys);
  const online = span
    ? await verifyOnline(prepared, span, showKeys, offline.verdicts)
    : { verdicts: offline.verdicts, failed: false };
  const { verdicts } = online;
  const now = prepared.planningNowMs ?? Date.now();
  const repairs = new Map(verdicts.map((verdict) => [verdict, repairsOf(verdict, now)]));
  const all = [...repairs.values()].flat();
  if (flags.json) for (const [verdict, own] of repairs) print(verdictLine(verdict, own, prepared.typed));
  else if (verdicts.length > 0) print(prepared.typed(verdictText(verdicts, flags.repair ? all : undefined)));
  if (flags.repair && flags.yes && all.length > 0) return repair(prepared, all);
  const found = verdicts.some(({ findings }) => findings.length > 0);
  return found || offline.failed || online.failed ? FOUND : 0;
}

interface Verified {
  readonly verdicts: readonly Verdict[];
  /** Something could not be looked at; standard error says why. */
  readonly failed: boolean;
}

async function verifyOffline({ configuration, streams, typed }: Prepared, showKeys: boolean): Promise<Verified> {
  const verdicts: Verdict[] = [];
  let failed = false;
  const storage = await storageOf(configuration);
  const lake = await storage.look();
  try {
    for (const stream of streams) {
      const { definition, tenant } = stream;
      const { source } = definition;
      try {
        const checkpoint = await storage.checkpoints({ source, stream: definition.stream, tenant }).read();
        verdicts.push(
          await verifyStream(stream, { lake, codec: CODEC, checkpoint, showKeys, reading: () => undefined }),
        );
      } catch (error) {
        failed = true;
        process.stderr.write(`${nameOf(stream)}: ${typed(asError(error).message)}\n`);
      }
    }
  } finally {
    await lake.close();
  }
  return { verdicts, failed };
}

async function verifyOnline(
  prepared: Prepared,
  span: Span,
  showKeys: boolean,
  offline: readonly Verdict[],
): Promise<Verified> {
  const against = await AgainstVendor.open({ codec: CODEC, showKeys, span });
  let failed = false;
  try {
    const around = against.around.bind(against);
    const { results } = await runWithProgress({ ...prepared, span, refetch: true, around }, () => undefined);
    const resultOf = new Map(results.map((result) => [`${result.stream} ${result.tenant}`, result]));
    const verdicts: Verdict[] = [];
    for (const verdict of offline) {
      const { stream } = verdict;
      const result: StreamResult | undefined = resultOf.get(`${stream.definition.stream} ${stream.tenant}`);
      const why = result ? notCompared(result) : 'it was not read';
      if (why === undefined) {
        const { findings, untold, notes } = await against.compare(stream);
        const all = { findings: [...verdict.findings, ...findings], notes: [...verdict.notes, ...notes] };
        verdicts.push({ ...verdict, ...all, untold: verdict.untold + untold });
      } else {
        failed = true;
        process.stderr.write(`${nameOf(stream)}: not compared with the vendor: ${prepared.typed(why)}\n`);
        verdicts.push(verdict);
      }
    }
    return { verdicts, failed };
  } finally {
    await against.close();
  }
}

/** Reads again what was found wanting. */
async function repair(prepared: Prepared, repairs: readonly Repair[]): Promise<number> {
  const outcomes: StreamResult['outcome'][] = [];
  for (const { verdict, span } of repairs) {
    const work = { ...prepared, streams: [verdict.stream], span, anew: true, refetch: true };
    const { results, interrupted } = await runWithProgress(work, () => undefined);
    outcomes.push(...results.map(({ outcome }) => outcome));
    if (interrupted) return exitStatus(outcomes, true);
  }
  return exitStatus(outcomes, false);
}
