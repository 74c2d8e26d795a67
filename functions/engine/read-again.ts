import { isoInstant } from '../../contract/instant.ts';
import { parseObjectKey } from '../../contract/layout.ts';
import { streams } from '../../contract/streams.ts';

const DAY_MS = 86_400_000;

/** What to do about an object that cannot be read: how its rows come back from the vendor once it is moved aside. */
export function readAgain(key: string): string {
  const { table, tenant, dt } = parseObjectKey(key) ?? {};
  const stream = [...streams.values()].find((definition) => definition.table === table)?.stream;
  if (stream === undefined || dt === undefined)
    return 'move it aside, then read the days of its rows again with a backfill';
  const [from, to] = [Date.parse(dt), Date.parse(dt) + DAY_MS].map(isoInstant);
  return `move it aside, then read its day again (today's once it is over): convlake backfill --stream ${stream} --tenant ${tenant} --from ${from} --to ${to}`;
}
