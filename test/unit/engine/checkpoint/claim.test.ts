import { describe, expect, test } from 'vitest';
import { standing } from '../../../../functions/engine/checkpoint/claim.ts';
import type { Checkpoint } from '../../../../functions/engine/checkpoint.ts';
import { exportStream } from '../../../../functions/engine/export-stream.ts';
import { withHalfTheWindow } from '../../../../functions/engine/plan/window-hint.ts';
import type { RunEvent } from '../../../../functions/engine/ports.ts';
import { keepCheckpoint } from '../../../../functions/engine/run/checkpointer.ts';
import { DAY_MS, HOUR_MS } from '../../../support/durations.ts';
import { MemoryCheckpoint, MemoryLake } from '../../../support/run/memory-ports.ts';
import { portsOf, ScriptedVendor, START_MS, scriptedSettings } from '../../../support/vendor/scripted-vendor.ts';

const NOW = START_MS + 3 * DAY_MS;
const mine = { run: 'request-1', until: NOW + 15 * 60_000 };
const others = { run: 'request-0', until: NOW + 60_000 };

function world() {
  const vendor = new ScriptedVendor();
  for (let hour = 0; hour < 60; hour += 3) vendor.put(`id-${hour}`, START_MS + hour * HOUR_MS, 0);
  return { vendor, lake: new MemoryLake(), checkpoint: new MemoryCheckpoint() };
}

type World = ReturnType<typeof world>;

function claimedRun({ vendor, lake, checkpoint }: World, claiming: Parameters<typeof exportStream>[3], options = {}) {
  return exportStream(
    scriptedSettings,
    vendor.dialect,
    portsOf(vendor, lake, checkpoint, { now: NOW, ...options }),
    claiming,
  );
}

function present({ checkpoint }: World): Checkpoint {
  if (!checkpoint.value) throw new Error('there is no checkpoint');
  return checkpoint.value;
}

describe('a claim', () => {
  test('is in the checkpoint before the first request, and gone after the run', async () => {
    const at = world();
    const seen: unknown[] = [];
    at.vendor.onRequest = () => void seen.push(at.checkpoint.value?.claim);

    await claimedRun(at, mine);

    expect(new Set(seen)).toEqual(new Set([mine]));
    expect(present(at)).toMatchObject({ watermark: NOW });
    expect(present(at)).not.toHaveProperty('claim');
  });

  test('of another who is at work keeps a run from reading, and stays', async () => {
    const at = world();
    await claimedRun(at, mine, { now: NOW - HOUR_MS });
    at.checkpoint.value = { ...present(at), claim: others };
    const { requests } = at.vendor;

    const summary = await claimedRun(at, mine);

    expect(summary).toMatchObject({ outcome: 'skipped', pages: 0, watermark: NOW - HOUR_MS });
    expect(at.vendor.requests).toBe(requests);
    expect(present(at).claim).toEqual(others);
  });

  test('of the run that is continued stops nothing and halves nothing', async () => {
    const at = world();
    await claimedRun(at, mine, { now: NOW - HOUR_MS });
    at.checkpoint.value = { ...present(at), claim: others };

    const summary = await claimedRun(at, { ...mine, continues: others.run });

    expect(summary.outcome).toBe('caught up');
    expect(present(at)).not.toHaveProperty('window');
  });

  test('of one who takes none is warned of, and left to its holder', async () => {
    const at = world();
    await claimedRun(at, mine, { now: NOW - HOUR_MS });
    at.checkpoint.value = { ...present(at), claim: others };
    const events: RunEvent[] = [];

    const summary = await claimedRun(at, undefined, { observe: (event: RunEvent) => events.push(event) });

    expect(summary.outcome).toBe('caught up');
    expect(events.find(({ event }) => event === 'warning')).toMatchObject({ message: /another run is at work/ });
    expect(present(at).claim).toEqual(others);
  });

  test.each(['request-0', 'request-1'])('that %s left when it was killed halves the window', async (run) => {
    const at = world();
    await claimedRun(at, mine, { now: NOW - HOUR_MS });
    at.checkpoint.value = { ...present(at), claim: { run, until: run === mine.run ? mine.until : NOW } };
    const spans: number[] = [];
    const observe = (event: RunEvent) => {
      if (event.event === 'window-read') spans.push(event.to - event.from);
    };

    await claimedRun(at, mine, { observe });

    expect(Math.max(...spans)).toBe(DAY_MS / 2);
  });

  test('of a first run that was killed is no reason to owe a re-read', async () => {
    const at = world();
    const dying = (name: string) => {
      if (name === 'request') throw new Error('killed');
    };
    await claimedRun(at, mine, { effect: dying }).catch(() => undefined);
    at.checkpoint.value = { ...present(at), claim: mine };

    const summary = await claimedRun(at, mine);

    expect(summary.outcome).toBe('caught up');
    expect(summary.rows.read).toBe(at.vendor.rows.size);
  });

  test.each(['caught up', 'an unknown error', 'no checkpoint to be written'])('is dropped after %s', async (end) => {
    const at = world();
    at.vendor.onRequest = (request) => {
      if (request > 3 && end === 'an unknown error') throw new Error('a bug');
    };
    let writes = 0;
    const effect = (name: string) => {
      if (name === 'write checkpoint' && ++writes === 2 && end === 'no checkpoint to be written') throw new Error('no');
    };

    await claimedRun(at, mine, { effect }).catch(() => undefined);

    expect(writes).toBeGreaterThan(1);
    expect(present(at)).not.toHaveProperty('claim');
  });
});

describe('standing', () => {
  test.each([
    ['free', undefined, mine],
    ['taken', others, mine],
    ['taken', others, undefined],
    ['left', { ...others, until: NOW }, mine],
    ['left', { ...others, until: NOW }, undefined],
    ['left', { ...others, until: NOW + 60 * 86_400_000 }, mine],
    ['left', { ...others, run: mine.run }, mine],
    ['free', others, { ...mine, continues: others.run }],
  ] as const)('is %s for the claim %j to a run with %j', (expected, claim, claiming) => {
    expect(standing(claim, claiming, NOW)).toBe(expected);
  });
});

describe('half the window', () => {
  const base: Checkpoint = { epoch: 0, watermark: 0, start: 0, lake: 'x', updatedAt: 0, run: 'r' };

  test.each([
    [undefined, 12 * HOUR_MS],
    [HOUR_MS, HOUR_MS / 2],
    [2 * DAY_MS, 12 * HOUR_MS],
    [61_000, 60_000],
  ])('of a hint of %s is %s', (window, half) => {
    const checkpoint = window === undefined ? base : { ...base, window };

    expect(withHalfTheWindow(checkpoint, { windowMs: DAY_MS }).window).toBe(half);
  });
});

describe('a checkpoint that another wrote meanwhile', () => {
  test('hands on the re-read that it owes, though it has come less far', async () => {
    const { checkpoint } = world();
    const ports = portsOf(new ScriptedVendor(), new MemoryLake(), checkpoint, { now: NOW });
    const first: Checkpoint = {
      epoch: 0,
      watermark: START_MS,
      start: START_MS,
      lake: 'memory',
      updatedAt: 0,
      run: 'a',
    };
    checkpoint.value = { ...first, watermark: START_MS + HOUR_MS, rereadFrom: START_MS + HOUR_MS };

    await keepCheckpoint({ ...first, watermark: START_MS + DAY_MS, run: 'b' }, ports, {});

    expect(checkpoint.value).toMatchObject({ watermark: START_MS + DAY_MS, rereadFrom: START_MS + HOUR_MS, run: 'b' });
  });
});
