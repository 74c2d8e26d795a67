import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configurationJsonSchema, JSON_SCHEMA_FILE } from '../../../support/json-schema.ts';

test('config.schema.json tells editors of every setting, and what to write there', () => {
  const written = JSON.parse(readFileSync(JSON_SCHEMA_FILE, 'utf8'));

  expect(written, 'node test/support/json-schema.ts && npm run format').toEqual(configurationJsonSchema());
  const { items: stream } = written.properties.streams;
  expect(stream.required).toEqual(['stream', 'tenant', 'credential', 'start']);
  expect(stream.properties.stream.enum).toContain('elevenlabs.transcripts');
  const { deep, ...simple } = stream.properties;
  for (const [name, form] of Object.entries({ ...simple, ...deep.properties })) {
    expect(form, name).toMatchObject({ type: expect.anything(), description: expect.stringMatching(/write /) });
  }
});
