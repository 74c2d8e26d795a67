import { describe, expect, test } from 'vitest';
import { ConvlakeError } from '../../../../functions/engine/errors.ts';
import { exportStream } from '../../../../functions/engine/export-stream.ts';
import type { Ports, RunEvent } from '../../../../functions/engine/ports.ts';
import { DAY_MS, HOUR_MS } from '../../../support/durations.ts';
import { MemoryCheckpoint, MemoryLake } from '../../../support/run/memory-ports.ts';
import { portsOf, ScriptedVendor, START_MS, scriptedSettings } from '../../../support/vendor/scripted-vendor.ts';

const NOW = START_MS + 3 * DAY_MS;
const mine = { run: 'request-1', until: NOW + 15 * 60_000 };

/** A run of three days, and a store of which each reading and writing is counted, and fails as `fault` says. */
async function run(fault: (call: string, n: number) => ConvlakeError | undefined, lookTakesMs = 0) {
  const vendor = new ScriptedVendor();
  for (let hour = 0; hour < 60; hour += 3) vendor.put(`id-${hour}`, START_MS + hour * HOUR_MS, 0);
  const checkpoint = new MemoryCheckpoint();
  const events: RunEvent[] = [];
  const calls: string[] = [];
  const at = portsOf(vendor, new MemoryLake(), checkpoint, { now: NOW });
  const store = at.checkpoints;
  let time = NOW;
  const counted = async <T>(call: string, act: () => Promise<T>) => {
    calls.push(call);
    const error = fault(call.split(' ')[0] ?? '', calls.filter((one) => one.startsWith(call.slice(0, 4))).length);
    if (error) throw error;
    return act();
  };
  const ports: Ports = {
    ...at,
    clock: { ...at.clock, now: () => (time += lookTakesMs) },
    observe: (event) => void events.push(event),
    checkpoints: {
      read: () => counted('read', () => store.read()),
      readWithRewind: () => counted('read', () => store.readWithRewind()),
      write: (to, patience) => counted(`write${patience ? ` ${patience}` : ''}`, () => store.write(to)),
      remove: () => store.remove(),
    },
  };
  const ended = exportStream(scriptedSettings, vendor.dialect, ports, mine);
  const summary = await ended.catch((error: unknown) => ({ outcome: 'threw', error }));
  const warnings = events.flatMap((event) => (event.event === 'warning' ? [event.message] : []));
  return { summary, calls, warnings, checkpoint };
}

const busy = new ConvlakeError('checkpoint-unreadable', 'retry', 'SSM asks to slow down');
const denied = new ConvlakeError('checkpoint-unreadable', 'stop-stream', 'the role may not write');

describe('what a run asks of the store of checkpoints', () => {
  test('is two readings and two writes, of which the claim is waited for only briefly', async () => {
    const { summary, calls } = await run(() => undefined);

    expect(summary.outcome).toBe('caught up');
    expect(calls).toEqual(['read', 'write brief', 'read', 'write']);
  });
});

describe('a claim that cannot be noted', () => {
  test('because the store is busy is a warning', async () => {
    const { summary, warnings, checkpoint } = await run((call, n) => (call === 'write' && n === 1 ? busy : undefined));

    expect(summary.outcome).toBe('caught up');
    expect(warnings).toEqual([expect.stringMatching(/claim could not be noted.*SSM asks to slow down/)]);
    expect(checkpoint.value).toMatchObject({ watermark: NOW });
  });

  test('because a person has to do something fails the run before it costs anything', async () => {
    const { summary, checkpoint } = await run((call) => (call === 'write' ? denied : undefined));

    expect(summary).toMatchObject({ outcome: 'threw', error: denied });
    expect(checkpoint.value).toBeUndefined();
  });
});

describe('a checkpoint in the middle of a run', () => {
  const briefOnes = (calls: readonly string[]) => calls.filter((call) => call === 'write brief').length - 1;

  test('that the store is too busy for fails nothing, and is tried more and more seldom', async () => {
    const well = await run(() => undefined, 20_000);
    const unwell = await run((call, n) => (call === 'write' && n < 999 ? busy : undefined), 20_000);
    const writes = unwell.calls.filter((call) => call.startsWith('write'));
    const last = await run((call, n) => (call === 'write' && n < writes.length ? busy : undefined), 20_000);

    expect(well.summary.outcome).toBe('caught up');
    expect(briefOnes(well.calls)).toBeGreaterThan(4);
    expect(last.summary.outcome).toBe('caught up');
    expect(briefOnes(last.calls)).toBeLessThan(briefOnes(well.calls) / 2);
    expect(last.checkpoint.value).toMatchObject({ watermark: NOW });
  });
});

test('a last checkpoint that cannot be written fails the run', async () => {
  const { summary } = await run((call, n) => (call === 'write' && n === 2 ? busy : undefined));

  expect(summary).toMatchObject({ outcome: 'threw', error: busy });
});
