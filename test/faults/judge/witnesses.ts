import { isDetailStream, type StreamName } from '../../../contract/streams.ts';
import type { DetailLife } from '../world/details/detail-life.ts';
import type { VendorLife } from '../world/life.ts';
import type { SimulatedS3 } from '../world/s3.ts';
import type { Process } from '../world/wire.ts';
import { DetailRules } from './details/detail-rules.ts';
import { type LineRules, listRules } from './line-rules.ts';

/** What the checker looks at. */
export interface Witnesses {
  readonly stream: StreamName;
  readonly life: VendorLife;
  readonly s3: SimulatedS3;
  /** Rows filed before it are promised to nobody. Epoch ms. */
  readonly startMs: number;
  /** Rows of more bytes are too large for a line; undefined where there are none. */
  readonly oversizedBytes: number | undefined;
  /** True where every object is to be one gzip member. */
  readonly single: boolean;
  readonly live: () => Iterable<Process>;
  /** Of a stream of details alone: they, whether what was erased is to be kept, whether no clock is wrong by days, and the time. */
  readonly details?: {
    readonly life: DetailLife;
    readonly keepsErased: boolean;
    readonly clocksAreRight: boolean;
    readonly now: () => number;
  };
}

/** The rules for the lines of what they saw. */
export function rulesOf({ stream, life, s3, startMs, oversizedBytes, details }: Witnesses): LineRules {
  if (!isDetailStream(stream) || !details) return listRules(stream, life, startMs);
  const objectAt = (key: string) => s3.store.objects.get(key)?.bytes;
  return new DetailRules({ ...details, details: details.life, stream, life, startMs, oversizedBytes, objectAt });
}
