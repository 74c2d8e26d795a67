import { describe, expect, test } from 'vitest';
import { readExportSettings, readStageSettings } from '../../../functions/lambda/lambda-settings.ts';
import { deployedStream } from '../../support/aws/deployed-stream.ts';

const configured = [deployedStream({ tenant: 'a' }), deployedStream({ tenant: 'off', enabled: false })];

describe("a function's settings", () => {
  const environment = {
    STAGE: 'prod',
    LAKE_BUCKET: 'b',
    LAKE_OWNER: '123456789012',
    LAKE_PREFIX: 'p/q',
    EVENT_BUS: 'default',
    GZIP_LEVEL: '1',
  };
  const code = JSON.stringify(configured);

  test('come from the environment and the code', () => {
    expect(readExportSettings(environment, code)).toMatchObject({ stage: 'prod', lake: 's3://b/p/q', gzipLevel: 1 });
    expect(readExportSettings({ ...environment, LAKE_PREFIX: '' }, code)).toMatchObject({ prefix: '', lake: 's3://b' });
    expect(readExportSettings(environment, code).streams).toEqual(configured);
    expect(readStageSettings(environment, code)).toMatchObject({ stage: 'prod' });
  });

  test('fail with everything that is missing', () => {
    expect(() => readExportSettings({ GZIP_LEVEL: '10' }, '[]')).toThrow(
      'the environment variable STAGE is not set; the environment variable LAKE_BUCKET is not set; the environment variable LAKE_OWNER is not set; the environment variable EVENT_BUS is not set; the environment variable GZIP_LEVEL is not a level from 1 to 9; the configuration inside the function does not name a stream: the stack sets these, so deploy it again',
    );
    expect(() => readStageSettings({}, '[]')).toThrow('STAGE is not set; the configuration');
  });
});
