import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../../support/durations.ts';
import { MemoryCheckpoint, MemoryLake } from '../../../support/run/memory-ports.ts';
import { DetailVendor, detailText, linesById, runDetails } from '../../../support/vendor/detail-vendor.ts';
import { type RunOptions, START_MS } from '../../../support/vendor/scripted-vendor.ts';

const NOW = START_MS + 3 * DAY_MS;

/** A vendor of so many talks over the three days before now, a lake, and runs from one to the other. */
function world(talks = 20) {
  const vendor = new DetailVendor();
  const lake = new MemoryLake();
  const checkpoint = new MemoryCheckpoint();
  for (let i = 0; i < talks; i++) vendor.put({ id: `id-${i}`, time: START_MS + i * 3 * HOUR_MS });
  const run = (options: Partial<RunOptions> = {}) => {
    vendor.asked = [];
    return runDetails(vendor, lake, checkpoint, { now: NOW, ...options });
  };
  return { vendor, lake, checkpoint, run };
}

describe('a detail stream', () => {
  test('holds a line for each listed row, in the partition of its own date, with the detail as the vendor wrote it', async () => {
    const { vendor, lake, run } = world();

    const summary = await run();

    expect(summary.error).toBeUndefined();
    expect(summary.outcome).toBe('caught up');
    expect(summary.rows).toMatchObject({ new: 20, changed: 0, unchanged: 0, open: 0 });
    expect(summary.details).toEqual({
      listed: 20,
      held: 0,
      fetched: 20,
      gone: 0,
      failed: 0,
      erased: 0,
      suspicious: 0,
      open: 0,
    });
    expect(linesById(lake).size).toBe(20);
    for (const { key, line } of lake.lines()) {
      const { conversation_id: id } = JSON.parse(line) as { conversation_id: string };
      const { time = 0 } = vendor.talks.get(id) ?? {};
      const day = new Date(time ?? 0).toISOString().slice(0, 10);
      expect(key).toBe(`elevenlabs_transcripts/tenant=tenant-alpha/dt=${day}/${day}.ndjson.gz`);
      const listed = /^\{"conversation_id":"id-\d+","time":(\d+),"listed":"1\.[0-9a-f]{24}","detail":/.exec(line);
      expect(Number(listed?.[1])).toBe((time ?? 0) / 1000);
      expect(line.endsWith(`"detail":${detailText(vendor.talks.get(id) ?? { id, time })}}`)).toBe(true);
    }
  });

  test('fetches nothing a second time, and leaves the objects alone', async () => {
    const { vendor, lake, run } = world();
    await run();
    const { writes } = lake;

    const summary = await run({ now: NOW + HOUR_MS });

    expect(vendor.asked).toEqual([]);
    expect(lake.writes).toBe(writes);
    expect(summary.details).toMatchObject({ fetched: 0, gone: 0, failed: 0 });
    expect(summary.details?.held).toBe(summary.details?.listed);
    expect(summary.rows).toMatchObject({ new: 0, changed: 0, unchanged: summary.rows.read });
  });

  test('fetches what the list shows in another state, and nothing because of a field that is not named', async () => {
    const { vendor, lake, run } = world();
    await run();
    for (const talk of vendor.talks.values()) vendor.put({ ...talk, noise: { new: true } });
    vendor.put({ id: 'id-18', time: START_MS + 18 * 3 * HOUR_MS, count: 2, turns: ['hello', 'again'] });

    const summary = await run({ now: NOW + HOUR_MS });

    expect(vendor.asked).toEqual(['id-18']);
    expect(summary.rows).toMatchObject({ new: 0, changed: 1 });
    expect(linesById(lake).get('id-18')?.detail?.transcript).toEqual(['hello', 'again']);
  });

  test('asks again for one that is open, until it is final', async () => {
    const { vendor, lake, run } = world();
    vendor.put({ id: 'id-19', time: START_MS + 19 * 3 * HOUR_MS, status: 'in-progress', turns: [] });
    const first = await run();
    const again = await run({ now: NOW + HOUR_MS });
    const askedAgain = vendor.asked;
    const ended = { id: 'id-19', time: START_MS + 19 * 3 * HOUR_MS, status: 'done', turns: ['bye'] };
    vendor.onDetail = () => void vendor.put(ended);
    // The list still shows it as it was, the detail has ended.
    const last = await run({ now: NOW + 2 * HOUR_MS });

    expect(first.details).toMatchObject({ open: 1, suspicious: 0 });
    expect(first.rows.open).toBe(1);
    expect(askedAgain).toEqual(['id-19']);
    expect(again.details).toMatchObject({ fetched: 1, open: 1 });
    expect(last.rows.changed).toBe(1);
    expect(linesById(lake).get('id-19')?.detail?.transcript).toEqual(['bye']);
  });

  test('takes what the list itself carries, without a request', async () => {
    const { vendor, lake, run } = world(6);
    for (const talk of vendor.talks.values()) vendor.put({ ...talk, inList: true });

    const summary = await run();

    expect(vendor.asked).toEqual([]);
    expect(summary.details).toMatchObject({ listed: 6, fetched: 6 });
    expect([...linesById(lake).values()].every(({ detail }) => detail?.transcript?.length === 1)).toBe(true);
  });

  test('lays details of rows without a time among the undated, and moves one out when its time comes', async () => {
    const { vendor, lake, run } = world(3);
    vendor.put({ id: 'undated', time: null });
    await run();
    const undated = () => lake.lines().filter(({ key }) => key.includes('undated')).length;
    const before = undated();
    vendor.put({ id: 'undated', time: NOW - HOUR_MS });

    await run({ now: NOW + HOUR_MS });

    expect(before).toBe(1);
    expect(undated()).toBe(0);
    expect(linesById(lake).get('undated')?.time).toBe((NOW - HOUR_MS) / 1000);
  });

  test('warns of rows without an id, and goes on', async () => {
    const { vendor, lake, run } = world(3);
    vendor.put({ id: '', time: START_MS + HOUR_MS });
    const warnings: string[] = [];

    const summary = await run({ observe: (event) => event.event === 'warning' && warnings.push(event.message) });

    expect(summary.outcome).toBe('caught up');
    expect(warnings).toEqual([expect.stringContaining('rows without an id')]);
    expect(linesById(lake).size).toBe(3);
  });

  test('keeps key, time and text as the vendor wrote them', async () => {
    const { lake, checkpoint } = world(0);
    const vendor = new DetailVendor();
    const list = `{"next":null,"conversations":[{"conversation_id":12345678901234567890,"start_time_unix_secs":${START_MS / 1000}.50}]}`;
    const detail = '{\n "conversation_id":12345678901234567890,\r\n "x":1.10,"t":"\\u00e9","a":1,"a":2}';
    const bodies = new Map<string | undefined, string>([[undefined, list]]);
    const fetchPage = vendor.fetchPage;
    const spoken = { ...vendor, dialect: vendor.dialect, fetchPage, requests: 0 };
    spoken.fetchPage = async (request, _signal, read) => read(Buffer.from(bodies.get(request.path) ?? detail));

    const summary = await runDetails(spoken, lake, checkpoint, { now: START_MS + HOUR_MS });

    expect(summary.error).toBeUndefined();
    const [line] = lake.lines();
    expect(line?.line).toMatch(/^\{"conversation_id":12345678901234567890,"time":\d+\.50,"listed":"1\.[0-9a-f]{24}",/);
    expect(
      line?.line.endsWith('"detail":{ "conversation_id":12345678901234567890, "x":1.10,"t":"\\u00e9","a":1,"a":2}}'),
    ).toBe(true);
  });
});
