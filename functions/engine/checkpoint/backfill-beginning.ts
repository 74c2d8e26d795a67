import { isoInstant } from '../../../contract/instant.ts';
import type { Checkpoint } from '../checkpoint.ts';
import { ConvlakeError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import type { StreamSettings } from '../settings.ts';
import type { Span } from '../source.ts';
import { isOfOtherLake } from './beginning.ts';
import { MOST_SKEW_MS } from './clock-ahead.ts';

/** What was read so long ago may have changed since, farther back than any default lookback reaches. */
const LONGEST_REST_MS = 7 * 86_400_000;

/**
 * Where a backfill goes on that was cut short; undefined where it begins. One that rested for long begins anew, which it tells.
 * @throws ConvlakeError `checkpoint-unreadable`; `configuration-invalid` for the record of another lake or span
 */
export async function readBackfillBeginning(
  settings: StreamSettings,
  span: Span,
  { checkpoints, clock, observe }: Pick<Ports, 'checkpoints' | 'clock' | 'observe'>,
): Promise<Checkpoint | undefined> {
  const base = await checkpoints.read();
  if (!base) return undefined;
  refuseOthers(base, settings, span);
  const restedMs = clock.now() - base.updatedAt;
  if (restedMs <= LONGEST_REST_MS && restedMs >= -MOST_SKEW_MS) return base;
  const { definition, tenant } = settings;
  observe({
    event: 'warning',
    message: `${definition.stream} of ${tenant}: this backfill was cut short at ${isoInstant(base.updatedAt)}, and what it had read may have changed since; it begins anew`,
  });
  // Else the next checkpoint would take over the watermark that is there.
  await checkpoints.remove();
  return undefined;
}

function refuseOthers({ lake, start, watermark }: Checkpoint, settings: StreamSettings, span: Span): void {
  const otherLake = isOfOtherLake(lake, settings.lake);
  if (!otherLake && start === span.from && watermark <= span.to) return;
  const [from, to, began, reached] = [span.from, span.to, start, watermark].map(isoInstant);
  const told = otherLake
    ? `another lake, ${lake}, and this is ${settings.lake}; name that one again to go on there`
    : `another span, which begins at ${began} and has got to ${reached}`;
  const { definition, tenant } = settings;
  throw new ConvlakeError(
    'configuration-invalid',
    'stop-stream',
    `${definition.stream} of ${tenant}: the record of this backfill is that of ${told}; to read all of it into this one: convlake backfill --stream ${definition.stream} --tenant ${tenant} --from ${from} --to ${to} --anew`,
  );
}
