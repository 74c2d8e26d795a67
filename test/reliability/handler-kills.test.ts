import { afterAll, beforeAll, expect, test } from 'vitest';
import { listStream, type StreamName, streams } from '../../contract/streams.ts';
import { type Deployed, deploy, fileLakeLines, invoke, tableLines } from '../integration/lambda/handler-fixture.ts';
import { draw, drawShare } from '../simulator/rows/random.ts';
import type { SeenRequest } from '../simulator/simulator.ts';
import { hasMoto } from '../support/aws/moto.ts';
import { accountHere, accountOnMoto, type OpenAccount } from './support/killed-bucket.ts';

const SEED = 20_260_524;
/** Each in an account of its own. */
const HISTORIES = 2;
/** Of one request; each of them halves the windows that the next invocation reads. */
const KILLS = 3;
/** A first load takes more requests than this. */
const REQUESTS = 36;

if (!hasMoto) console.info('moto_server is not installed: invocations are killed on a fake S3 of this process');

let deployed: Deployed;

beforeAll(async () => {
  deployed = await deploy();
  makeLong('crescendo.vocconv');
});
afterAll(() => deployed.close());

/** Gives the rows of one day so much text that their object is uploaded in parts. */
function makeLong(stream: StreamName): void {
  const world = deployed.simulator.world(stream);
  const keys = [...world.current()].flatMap(({ key }) => key ?? []).slice(100, 200);
  for (const [number, key] of keys.entries()) {
    const words = Uint32Array.from({ length: 24_000 }, (_, n) => draw(SEED, number * 24_000 + n, 3));
    world.change(key, { note: Buffer.from(words.buffer).toString('base64') });
  }
}

/** Calls `act` at the n-th request of a stream from now on. */
function atRequest(stream: StreamName, nth: number, act: () => void): void {
  // An address of a detail begins with that of its list.
  const [source = '', name = ''] = listStream(stream).split('.');
  let requests = 0;
  const onRequest = (_: number, { path }: SeenRequest) => {
    if (path.includes(name) && ++requests === nth) act();
  };
  deployed.simulator.turn({ [source]: { onRequest } });
}

/** Kills invocations of one request until so many died, and lets the next come to its end; resolves to what that one returned. */
async function killAndRetry(account: OpenAccount, stream: StreamName, random: () => number) {
  const how = { requestId: `killed ${stream}` };
  const missed: unknown[] = [];
  for (let kills = 0; kills < KILLS; kills++) {
    const invocation = invoke(deployed, account, { stream }, how);
    atRequest(stream, 1 + Math.floor(random() * REQUESTS), () => invocation.kill());
    const { returned, error } = await invocation.ended;
    if (returned !== undefined || error !== undefined) missed.push(returned ?? error);
  }
  atRequest(stream, 0, () => {});
  const unfinishedBefore = await account.unfinished();
  const { returned } = await invoke(deployed, account, { stream }, how).ended;
  const unfinished = (await account.unfinished()).filter((id) => !unfinishedBefore.includes(id));
  return { outcome: returned?.['outcome'], missed, unfinished };
}

test('invocations that are killed at any request and tried again under their id end with the lake that files get', async () => {
  let [drawn, rows, left] = [0, 0, 0];

  for (let history = 0; history < HISTORIES; history++) {
    const account = await (hasMoto ? accountOnMoto : accountHere)(deployed.simulator.apiKey);
    for (const stream of streams.keys()) {
      const ended = await killAndRetry(account, stream, () => drawShare(SEED, drawn++, 1));
      const lines = tableLines(await account.objects(), stream);

      expect(ended, `seed ${SEED}, ${stream}`).toEqual({ outcome: 'caught up', missed: [], unfinished: [] });
      expect(lines, `seed ${SEED}, ${stream}`).toEqual(await fileLakeLines(deployed, stream));
      rows += lines.length;
    }
    left += (await account.unfinished()).length;
  }

  console.info(
    `killed invocations: ${HISTORIES * streams.size * KILLS} kills, ${rows} rows compared; ${left} uploads of killed ones are left to the bucket's rule`,
  );
});
