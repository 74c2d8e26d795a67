/**
 * What editors are told of a configuration. `node test/support/json-schema.ts && npm run format` writes `config.schema.json` anew, which is
 * needed when a setting comes, goes or is worded anew.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { configurationSchema } from '../../contract/configuration/schema.ts';

/** Where it lies. */
export const JSON_SCHEMA_FILE = join(import.meta.dirname, '../../config.schema.json');

/** The JSON Schema of a configuration file: every setting, what it is written as, and what else a file may name. */
export function configurationJsonSchema() {
  const form = { io: 'input', target: 'draft-7', unrepresentable: 'any' } as const;
  const { properties, ...schema } = z.toJSONSchema(configurationSchema, form);
  return { ...schema, title: 'convlake configuration', properties: { $schema: { type: 'string' }, ...properties } };
}

if (import.meta.main) writeFileSync(JSON_SCHEMA_FILE, JSON.stringify(configurationJsonSchema()));
