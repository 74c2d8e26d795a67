import type { StreamName } from '../../../contract/streams.ts';
import { hasCode } from '../../../functions/engine/errors.ts';
import { liveRun } from '../../support/run/live-export.ts';

/** One run in a process of its own, whose memory can be told: origin, stream, lake and instant as arguments. */
const [origin = '', stream = '', lake = '', now = ''] = process.argv.slice(2);

const { outcome, rows, error } = await liveRun({
  simulator: { apiKey: 'key', tenant: 'tenant-alpha', since: Number(now) - 3_600_000, baseUrl: () => origin },
  stream: stream as StreamName, // from a test, which names one of the catalogue
  lake,
  now: Number(now),
});

process.send?.({
  outcome,
  read: rows.read,
  code: error && 'code' in error && hasCode(error, 'object-corrupt') ? error.code : (error as { code?: string })?.code,
  message: error?.message,
  // In kilobytes on every system (libuv).
  peakMb: process.resourceUsage().maxRSS / 1024,
});
