import { describe, expect, test } from 'vitest';
import { runs } from '../../../../contract/columns/runs.ts';
import { ConvlakeError, errorText } from '../../../../functions/engine/errors.ts';
import type { RunEvent } from '../../../../functions/engine/ports.ts';
import { leaveReport, runReport } from '../../../../functions/engine/run/report.ts';
import { DAY_MS } from '../../../support/durations.ts';
import { MemoryCheckpoint, MemoryLake } from '../../../support/run/memory-ports.ts';
import { sampleRun } from '../../../support/run/sample-report.ts';
import { runOnce, ScriptedVendor, START_MS } from '../../../support/vendor/scripted-vendor.ts';

const source = { source: 'crescendo' } as const;

describe('a run report', () => {
  test('has every field that the table of reports shows', () => {
    const report = JSON.parse(JSON.stringify(runReport(sampleRun)));

    for (const { path } of runs) {
      const value = path.reduce((inner, name) => inner?.[name], report);
      expect(value, path.join('.')).toBeDefined();
    }
  });

  test('lies beside the rows after every run, under the date on which it began', async () => {
    const lake = new MemoryLake();
    const vendor = new ScriptedVendor();
    vendor.put('a', START_MS, 1);

    const { runId } = await runOnce(vendor, lake, new MemoryCheckpoint(), { now: START_MS + DAY_MS });

    const key = `convlake_runs/source=crescendo/tenant=tenant-alpha/dt=2026-03-02/vocconv-${runId}.ndjson`;
    const line = lake.objects.get(key)?.bytes.toString() ?? '';
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(JSON.parse(line)).toMatchObject({ runId, outcome: 'caught up', purpose: 'live', rows: { read: 1, new: 1 } });
  });

  test.each([
    ['when the run begins', 'read checkpoint'],
    ['when it notes how far it has got', 'write checkpoint'],
  ])('is left where the checkpoint fails %s', async (_, failing) => {
    const lake = new MemoryLake();
    const effect = (name: string) => {
      if (name === failing) throw new ConvlakeError('checkpoint-unreadable', 'retry', 'SSM is away: see to it');
    };
    const run = runOnce(new ScriptedVendor(), lake, new MemoryCheckpoint(), { now: START_MS + DAY_MS, effect });

    await expect(run).rejects.toThrow('SSM is away');
    const reports = [...lake.objects].filter(([key]) => key.includes('/dt=2026-03-02/vocconv-run'));
    expect(reports.map(([, { bytes }]) => JSON.parse(bytes.toString()))).toMatchObject([
      { purpose: 'live', outcome: 'failed', errorCode: 'checkpoint-unreadable', error: 'SSM is away: see to it' },
    ]);
  });

  test('is not left by a run that dies', async () => {
    const lake = new MemoryLake();
    const effect = (name: string) => {
      if (name === 'read checkpoint') throw new Error('killed');
    };

    const run = runOnce(new ScriptedVendor(), lake, new MemoryCheckpoint(), { now: START_MS + DAY_MS, effect });

    await expect(run).rejects.toThrow('killed');
    expect([...lake.objects.keys()]).toEqual([]);
  });

  test('that cannot be written fails no run and is warned of', async () => {
    const events: RunEvent[] = [];
    const lake = {
      ...new MemoryLake().connect(),
      put: async () => {
        throw new Error('secret text');
      },
    };

    await leaveReport(source, sampleRun, { lake, observe: (event) => events.push(event) });

    expect(events).toEqual([
      {
        event: 'warning',
        message: 'crescendo.vocconv of tenant-alpha: the report of run run-1 could not be written: unexpected Error',
      },
    ]);
  });

  test('says of an unknown error no more than its name', () => {
    let error: unknown;
    try {
      JSON.parse('{"name": Ada Lovelace}');
    } catch (thrown) {
      error = thrown;
    }

    if (!(error instanceof SyntaxError)) throw new Error('no SyntaxError');
    expect(error.message).toContain('Ada');
    expect(errorText(error)).toBe('unexpected SyntaxError');
  });
});
