import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { streams } from '../../../contract/streams.ts';
import { startSimulator } from '../../simulator/simulator.ts';
import { liveRun } from '../../support/run/live-export.ts';

const now = Date.parse('2026-05-20T10:30:00Z');
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convlake-'));
});

afterEach(() => rm(folder, { recursive: true }));

/** What the simulators send beyond the vendors' documentation. */
const undocumented: Readonly<Record<string, readonly string[]>> = {
  'salesloft.conversations': ['crm_reference'],
  'salesloft.conversation_details': ['crm_reference'],
  'voiceable.conversations': ['caller'],
  'voiceable.transcripts': ['caller'],
};

test.each([...streams.keys()])('the rows of %s have nothing new but what no documentation names', async (stream) => {
  // No clock fills a budget up again.
  const knobs = { salesloft: { pointsPerMinute: undefined } };
  const simulator = await startSimulator({ rows: 400, days: 5, now: () => now, knobs });
  try {
    const { newFields, retypedFields } = await liveRun({ simulator, stream, lake: folder, now });

    expect({ newFields, retypedFields }).toEqual({ newFields: undocumented[stream] ?? [], retypedFields: [] });
  } finally {
    await simulator.close();
  }
});

test('a field that the vendor adds to details is in the report of the run that fetches them', async () => {
  const stream = 'elevenlabs.transcripts';
  const simulator = await startSimulator({ rows: 20, days: 2, now: () => now, sources: ['elevenlabs'] });
  const more = (text: string) =>
    text
      .replace('"agent_name"', '"routing_v2":{"hops":1},"agent_name"')
      .replace(/"has_audio":\w+/, '"has_audio":"yes"');
  try {
    const { newFields, retypedFields } = await liveRun({
      simulator,
      stream,
      lake: folder,
      now,
      ports: (ports) => ({
        ...ports,
        fetchPage: (request, signal, read) =>
          ports.fetchPage(request, signal, (body) =>
            read(request.about === undefined ? body : Buffer.from(more(Buffer.from(body).toString()))),
          ),
      }),
    });

    expect(newFields).toEqual(['routing_v2']);
    expect(retypedFields).toEqual([{ field: 'has_audio', type: 'string' }]);
  } finally {
    await simulator.close();
  }
});

test('a field that the vendor adds is in the report of the run that meets it, without its values', async () => {
  const simulator = await startSimulator({
    rows: 400,
    days: 5,
    now: () => now,
    knobs: { crescendo: { unknownFields: 0.5 } },
  });
  try {
    const { newFields } = await liveRun({ simulator, stream: 'crescendo.vocconv', lake: folder, now });
    const reports = await readdir(join(folder, 'convlake_runs'), { recursive: true });
    const [report = ''] = reports.filter((name) => name.endsWith('.ndjson'));
    const text = await readFile(join(folder, 'convlake_runs', report), 'utf8');

    expect(newFields).toEqual(['routing_v2']);
    expect(JSON.parse(text)).toMatchObject({ newFields: ['routing_v2'], retypedFields: [] });
    expect(text).not.toContain('hops');
  } finally {
    await simulator.close();
  }
});
