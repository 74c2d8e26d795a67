import { parentPort } from 'node:worker_threads';
import { testify } from './judge/testimony.ts';

/** A thread that lives the histories whose seeds it is sent, one after the other, and tells of each. */
parentPort?.on('message', async (seed: number) => parentPort?.postMessage(await testify({ seed })));
