import type { z } from 'zod';
import { isoInstant, parseIsoInstant } from '../instant.ts';
import { type StreamName, streamDefinition } from '../streams.ts';
import type { Problem } from './configuration.ts';
import { fieldsThatCount } from './field-paths.ts';
import { configurationSchema, deepSchema, STREAM_NAMES, streamSchema } from './schema.ts';
import { shown, suggestion } from './wording.ts';

const NOT_BUILT = ['privacy'];

/** What the schema found, in our words: one problem for each key that is not a setting. */
export function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: pathText(issue.path), message: issue.message }];
  const schema =
    issue.path.length === 0 ? configurationSchema : issue.path.at(-1) === 'deep' ? deepSchema : streamSchema;
  const known = Object.keys(schema.shape);
  return issue.keys.map((key) => {
    const seen = NOT_BUILT.includes(key)
      ? 'is not built yet; leave it out;'
      : `is not a setting;${suggestion(key, known)}`;
    return { path: pathText([...issue.path, key]), message: `${seen} settings here are ${known.join(', ')}` };
  });
}

/** `streams[2].tenant`. */
function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'configuration';
  return path.reduce<string>((parent, part) => {
    if (typeof part === 'number') return `${parent}[${part}]`;
    const name = String(part);
    return /^[\w$-]{1,64}$/.test(name) ? `${parent}${parent && '.'}${name}` : `${parent}[${shown(name)}]`;
  }, '');
}

/** What is wrong between settings, between streams and at `now` (epoch ms), found as far as it can be while other things are wrong. */
export function problemsBetween(input: unknown, now: number): Problem[] {
  const written = propertyOf(input, 'streams');
  const problems: Problem[] = [];
  const firstOf = new Map<string, { readonly index: number; readonly tenant: string }>();
  for (const [index, stream] of (Array.isArray(written) ? written : []).entries()) {
    problems.push(...startingLater(index, propertyOf(stream, 'start'), now));
    const name = STREAM_NAMES.find((known) => known === propertyOf(stream, 'stream'));
    const tenant = propertyOf(stream, 'tenant');
    const pageSize = propertyOf(stream, 'pageSize');
    if (name === undefined) continue;
    const { max } = streamDefinition(name).pageSize;
    if (Number.isSafeInteger(pageSize) && Number(pageSize) > max) {
      problems.push({
        path: `streams[${index}].pageSize`,
        message: `${pageSize} is more than ${name} gives; write a whole number from 1 to ${max}`,
      });
    }
    problems.push(...foreignSettings(stream, name, `streams[${index}]`));
    problems.push(...countingAsVolatile(stream, name, `streams[${index}].volatile`));
    if (typeof tenant !== 'string') continue;
    const folded = `${name} ${tenant.toLowerCase()}`;
    const first = firstOf.get(folded);
    if (!first) firstOf.set(folded, { index, tenant });
    else problems.push(sameAgain(index, tenant, first));
  }
  return problems;
}

/** A first checkpoint would begin there: rows until then would be passed over, and nothing would say so. */
function startingLater(index: number, start: unknown, now: number): Problem[] {
  const startMs = typeof start === 'string' ? parseIsoInstant(start) : undefined;
  if (startMs === undefined || startMs <= now) return [];
  const message = `${shown(String(start))} lies in the future; write ${isoInstant(now)} or earlier`;
  return [{ path: `streams[${index}].start`, message }];
}

/** Settings that only some streams know, of one that does not. */
function foreignSettings(stream: unknown, name: StreamName, path: string): Problem[] {
  const { source, details } = streamDefinition(name);
  const foreign = [
    ...(source === 'elevenlabs'
      ? []
      : ['dataCollectionIds', 'evaluationCriteriaIds'].map((setting) => [setting, "ElevenLabs' streams"] as const)),
    // Details are compared by the state of their list, of which the catalogue names what counts.
    details ? (['volatile', 'streams of lists'] as const) : (['onVendorErasure', 'streams of details'] as const),
  ];
  return foreign
    .filter(([setting]) => propertyOf(stream, setting) !== undefined)
    .map(([setting, whose]) => ({
      path: `${path}.${setting}`,
      message: `is a setting of ${whose} alone; leave it out of ${name}`,
    }));
}

/** Without these a row would be another one, or never newer than what is held. */
function countingAsVolatile(stream: unknown, name: StreamName, path: string): Problem[] {
  const definition = streamDefinition(name);
  if (definition.details) return [];
  return fieldsThatCount(propertyOf(stream, 'volatile'), definition).map((field) => ({
    path,
    message: `${shown(field)} is a key, a time, a version or a status of ${name}, or holds one; leave it out`,
  }));
}

function sameAgain(index: number, tenant: string, first: { readonly index: number; readonly tenant: string }): Problem {
  if (tenant === first.tenant) {
    return {
      path: `streams[${index}]`,
      message: `has the stream and tenant of streams[${first.index}]; leave one of the two out`,
    };
  }
  const message = `${shown(tenant)} and ${shown(first.tenant)} of streams[${first.index}] differ only by case, which some file systems do not tell apart; write one of them otherwise`;
  return { path: `streams[${index}].tenant`, message };
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
