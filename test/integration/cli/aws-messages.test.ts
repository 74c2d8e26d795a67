import { expect, test } from 'vitest';
import { now, openDesk, type ProgramEnd } from './cli-fixture.ts';

const LAKE = ['--lake', 's3://lake-bucket/prefix'];
const REWIND = ['rewind', '--to', '2026-03-08', '--yes'];

/** Nobody's machine: no profile, no role, no region unless it is said. */
const nowhere = (folder: string, more: Readonly<Record<string, string>> = {}) => ({
  HOME: folder,
  AWS_EC2_METADATA_DISABLED: 'true',
  ...more,
});

const told = ({ stdout, stderr }: ProgramEnd) => stdout + stderr;

test.each([['export'], ['status'], ['plan'], REWIND])('%s says that no AWS region is set', async (...args) => {
  const { run, folder } = await openDesk(['crescendo.vocconv']);

  const end = await run([...args, ...LAKE], nowhere(folder, { VENDOR_KEY: 'key' }));

  expect(end.status).toBe(1);
  expect(told(end)).toContain('(no region): no AWS region is set: set AWS_REGION, or the region of the profile');
  expect(told(end)).not.toMatch(/^\s+at /m);
});

test('status says that there are no AWS credentials, once for checkpoints and reports together', async () => {
  const { run, folder } = await openDesk(['crescendo.vocconv']);

  const end = await run(['status', ...LAKE], nowhere(folder, { AWS_REGION: 'us-east-1' }));

  expect(end.status).toBe(1);
  expect(end.stderr.match(/there are no AWS credentials: log in, or set AWS_PROFILE/g)).toHaveLength(1);
  expect(end.stdout).toContain('unknown');
});

test('a credential in AWS is missed for want of a region, not of a right', async () => {
  const { run, folder } = await openDesk(['crescendo.vocconv'], { settings: { credential: 'secret:vendor/key' } });

  const end = await run(['export', '--now', now], nowhere(folder));

  expect(end.status).toBe(1);
  expect(told(end)).toContain('cannot read the credential secret:vendor/key (no region): no AWS region is set');
});
