import { Buffer } from 'node:buffer';
import type { StreamDefinition, VolatilePath } from '../../../contract/streams.ts';
import { ConvlakeError } from '../../../functions/engine/errors.ts';
import { LogicalClock, type Walk } from '../../../functions/engine/partition/logical-clock.ts';
import { PartitionWriter, type WriterContext } from '../../../functions/engine/partition/writer.ts';
import { Writers } from '../../../functions/engine/partition/writers.ts';
import type { Lake, RunEvent } from '../../../functions/engine/ports.ts';
import { type RowEntry, rowEntry } from '../../../functions/engine/rows/oversized.ts';
import { readRow } from '../../../functions/engine/rows/read-row.ts';
import { fieldsToRead } from '../../../functions/engine/rows/row.ts';
import { type MemoryLake, plainCodec } from './memory-ports.ts';

/** One run's writers over a lake in memory, moved by hand: walks begin, rows come, commits happen when the test says so. */
export class WriterWorld {
  readonly logicalClock = new LogicalClock();
  readonly writers: Writers;
  readonly sleeps: number[] = [];
  readonly observed: RunEvent[] = [];
  nowMs = 0;
  readonly #context: WriterContext;
  readonly #definition: StreamDefinition;
  readonly #entry: RowEntry;

  constructor(
    memory: MemoryLake,
    definition: StreamDefinition,
    lake: Lake = memory.connect(),
    oversizedBytes?: number,
    volatile?: readonly VolatilePath[],
  ) {
    const fields = fieldsToRead(definition);
    const entry = rowEntry({ definition, tenant: 'tenant-alpha', oversizedBytes, volatile });
    this.#entry = entry;
    const clock = {
      planningNow: () => this.nowMs,
      now: () => this.nowMs,
      timeLeftMs: () => Number.POSITIVE_INFINITY,
      sleep: async (ms: number) => void this.sleeps.push(ms),
    };
    let ids = 0;
    this.#definition = definition;
    this.#context = {
      ports: {
        lake,
        codec: plainCodec,
        clock,
        random: () => 1,
        newId: () => `id-${++ids}`,
        observe: (event) => void this.observed.push(event),
      },
      logicalClock: this.logicalClock,
      packs: new Set(),
      runId: 'run',
      kinds: { versioned: definition.version !== undefined, details: definition.details !== undefined },
      identifyLine: (line, path) => {
        try {
          return entry.identify(readRow(line, fields));
        } catch (cause) {
          throw new ConvlakeError('object-corrupt', 'stop-stream', `${path} holds no row`, { cause });
        }
      },
    };
    this.writers = new Writers(definition, 'tenant-alpha', this.#context);
  }

  open(key: string): Promise<PartitionWriter> {
    return PartitionWriter.open(key, '2026-03-01', this.#context);
  }

  beginWalk(): Walk {
    return this.logicalClock.beginWalk();
  }

  /** A row of one page, for `Writers.add`. */
  identified(line: string) {
    return this.#entry.take(readRow(Buffer.from(line), fieldsToRead(this.#definition)));
  }

  /** Reads one row by a request of the walk, sent now. */
  async read(
    writer: PartitionWriter,
    walk: Walk,
    line: string,
    readAt = this.logicalClock.request(walk),
  ): Promise<void> {
    for (let wait = writer.notReady(); wait; wait = writer.notReady()) await wait;
    writer.add({ ...this.identified(line), walk, readAt });
  }

  /** Reads one row into whatever partition it belongs to. */
  async readRow(walk: Walk, line: string): Promise<void> {
    await this.writers.add([this.identified(line)], walk, this.logicalClock.request(walk));
  }

  /** Commits everything that is open, as a run does at its end. */
  async commitAll(): Promise<void> {
    for (const writer of await this.writers.all()) await this.writers.commit(writer);
  }
}

/** Puts an object of one member in the lake, as another program does. */
export async function putObject(memory: MemoryLake, key: string, lines: readonly string[]): Promise<void> {
  const lake = memory.connect();
  const bytes = await plainCodec.pack(Buffer.from(lines.map((line) => `${line}\n`).join('')));
  await lake.put(key, bytes);
}

/** The lines of one object, sorted. */
export function objectLines(memory: MemoryLake, key: string): string[] {
  return memory
    .lines()
    .filter((one) => one.key === key)
    .map(({ line }) => line)
    .sort();
}
