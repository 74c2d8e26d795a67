import { App, Aws, Size, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { beforeAll, describe, expect, test } from 'vitest';
import { columnName } from '../../../contract/columns/column.ts';
import { COLUMN_TYPES, type Column, collapsedColumns, columnsOf, OWN_COLUMNS } from '../../../contract/columns.ts';
import { type StreamName, streamDefinition, streams } from '../../../contract/streams.ts';
import { turnsView } from '../../../contract/views/turn-views.ts';
import { tableNames } from '../../../contract/views/view-sql.ts';
import { Catalog, type CatalogProps } from '../../../infra/catalog/catalog.ts';
import { enumProjection } from '../../../infra/catalog/glue-tables.ts';
import { asDeployed } from '../support/as-deployed.ts';
import { resourcesOf } from '../support/resources-of.ts';

const configured = (stream: StreamName, tenant: string, tableFrom = '2025-12-31') => ({
  definition: streamDefinition(stream),
  tenant,
  tableFrom,
});

/** The catalogue of these streams in a stack of its own. */
function templateOf(changes: Partial<CatalogProps> = {}): Template {
  const stack = new Stack(new App(), 'Stack');
  new Catalog(stack, 'Catalog', {
    databaseName: 'convlake_test',
    bucket: new Bucket(stack, 'Lake'),
    prefix: 'some/prefix',
    streams: [...streams.keys()].map((stream) => configured(stream, 'tenant-alpha')),
    workGroupName: 'convlake-test',
    resultsBucket: Bucket.fromBucketName(stack, 'Results', 'results'),
    resultsPrefix: 'athena',
    bytesScannedCutoffPerQuery: Size.gibibytes(100),
    ...changes,
  });
  return Template.fromStack(stack);
}

/** The input of one Glue table as CloudFormation hands it over. */
function tableOf(template: Template, name: string): Readonly<Record<string, unknown>> {
  const inputs = [...resourcesOf(template, 'AWS::Glue::Table').values()].map(
    ({ Properties }) => Properties['TableInput'],
  );
  const input = inputs.map((given) => asDeployed(template, given)).find((given) => hasName(given, name));
  if (!input) throw new Error(`no table ${name}`);
  return input;
}

function hasName(input: unknown, name: string): input is Readonly<Record<string, unknown>> {
  return typeof input === 'object' && input !== null && 'Name' in input && input.Name === name;
}

/** What Athena reads out of a view's text. */
function prestoViewOf(template: Template, name: string): unknown {
  const [, base64 = ''] =
    /^\/\* Presto View: (\S+) \*\/$/.exec(String(tableOf(template, name)['ViewOriginalText'])) ?? [];
  return JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
}

describe('the tables of all streams', () => {
  let template: Template;
  beforeAll(() => {
    template = templateOf();
  });

  test('each stream has a raw table, an undated one and a view, transcripts one of their turns, and the runs have a table and a view', () => {
    const names = [...resourcesOf(template, 'AWS::Glue::Table').values()].map(
      ({ Properties }) => Object.entries(Properties['TableInput'] ?? {}).find(([key]) => key === 'Name')?.[1],
    );

    const expected = [...streams.values()].flatMap((definition) => [
      ...Object.values(tableNames(definition)),
      ...(turnsView(definition.stream) ? [turnsView(definition.stream)?.name] : []),
    ]);
    expect(names.sort()).toEqual([...expected, 'convlake_runs', 'convlake_runs_raw'].sort());
  });

  test('a raw table is one text column, whose days and tenants are projected', () => {
    expect(tableOf(template, 'crescendo_vocconv_raw')).toEqual({
      Name: 'crescendo_vocconv_raw',
      Description: expect.any(String),
      TableType: 'EXTERNAL_TABLE',
      Parameters: {
        EXTERNAL: 'TRUE',
        'projection.enabled': 'true',
        'projection.tenant.type': 'enum',
        'projection.tenant.values': 'tenant-alpha',
        'projection.dt.type': 'date',
        'projection.dt.format': 'yyyy-MM-dd',
        'projection.dt.range': '2025-12-31,NOW+1DAYS',
        'projection.dt.interval': '1',
        'projection.dt.interval.unit': 'DAYS',
        'storage.location.template': `s3://lake-bucket/some/prefix/crescendo_vocconv/tenant=\${tenant}/dt=\${dt}/`,
      },
      PartitionKeys: [
        { Name: 'tenant', Type: 'string' },
        { Name: 'dt', Type: 'string' },
      ],
      StorageDescriptor: {
        Columns: [{ Name: 'row', Type: 'string', Comment: expect.any(String) }],
        Location: 's3://lake-bucket/some/prefix/crescendo_vocconv/',
        InputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
        OutputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
        SerdeInfo: {
          SerializationLibrary: 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe',
          Parameters: { 'field.delim': '\u0001', 'serialization.format': '1' },
        },
      },
    });
  });

  test('an undated table finds the rows without a time under Hive’s null date', () => {
    expect(tableOf(template, 'crescendo_vocconv_undated_raw')).toMatchObject({
      Parameters: {
        'storage.location.template': `s3://lake-bucket/some/prefix/crescendo_vocconv/tenant=\${tenant}/dt=__HIVE_DEFAULT_PARTITION__/`,
      },
      PartitionKeys: [{ Name: 'tenant', Type: 'string' }],
    });
  });

  test.each([...streams.values()])(
    'the view of $stream declares the same columns to Athena and to Glue',
    (definition) => {
      const view = tableOf(template, definition.table);
      const presto = prestoViewOf(template, definition.table);

      const columns = [
        { name: 'row_key', ...COLUMN_TYPES.text },
        { name: 'row_time', ...COLUMN_TYPES.instant },
        ...columnsOf(definition.stream).map(({ name, reads }) => ({ name, ...COLUMN_TYPES[reads] })),
        ...['row', 'oversized', 'tenant', 'dt'].map((name) => ({ name, ...COLUMN_TYPES.text })),
      ];
      expect(presto).toEqual({
        originalSql: expect.stringContaining(`FROM ${definition.table}_undated_raw`),
        catalog: 'awsdatacatalog',
        schema: 'convlake_test',
        columns: columns.map(({ name, trino }) => ({ name, type: trino })),
        runAsInvoker: true,
      });
      expect(view).toMatchObject({
        TableType: 'VIRTUAL_VIEW',
        Parameters: { presto_view: 'true', comment: 'Presto View' },
        StorageDescriptor: { Columns: columns.map(({ name, hive }) => ({ Name: name, Type: hive })) },
      });
      expect(view).not.toHaveProperty('Description');
    },
  );

  test('no view is longer than Glue takes', () => {
    const lengths = [...streams.values()].map(
      ({ table }) => String(tableOf(template, table)['ViewOriginalText']).length,
    );

    expect(Math.max(...lengths)).toBeLessThan(409_600); // API reference of TableInput
  });

  test('the workgroup decides about encryption, place and cost of results', () => {
    template.hasResourceProperties('AWS::Athena::WorkGroup', {
      Name: 'convlake-test',
      WorkGroupConfiguration: {
        EnforceWorkGroupConfiguration: true,
        BytesScannedCutoffPerQuery: 100 * 2 ** 30,
        ResultConfiguration: {
          OutputLocation: 's3://results/athena/',
          EncryptionConfiguration: { EncryptionOption: 'SSE_S3' },
        },
      },
    });
  });

  test('every table has a named query in the workgroup', () => {
    for (const { table } of streams.values()) {
      template.hasResourceProperties('AWS::Athena::NamedQuery', {
        Name: table,
        Database: 'convlake_test',
        WorkGroup: 'convlake-test',
        QueryString: Match.stringLikeRegexp(`FROM ${table}\\nWHERE dt >= `),
      });
    }
  });
});

describe('a table of several tenants', () => {
  test('shows all of them, disabled ones too, each once, from the earliest date', () => {
    const template = templateOf({
      streams: [
        configured('salesloft.conversations', 'team-b', '2024-02-01'),
        configured('salesloft.conversations', 'team-a', '2023-07-15'),
      ],
    });

    expect(tableOf(template, 'salesloft_conversations_raw')).toMatchObject({
      Parameters: { 'projection.tenant.values': 'team-a,team-b', 'projection.dt.range': '2023-07-15,NOW+1DAYS' },
    });
    expect(tableOf(template, 'convlake_runs_raw')).toMatchObject({
      Parameters: { 'projection.source.values': 'salesloft', 'projection.tenant.values': 'team-a,team-b' },
    });
  });

  test('fails at synth when the tenants are more than a table can name', () => {
    const many = Array.from({ length: 4000 }, (_, n) => `${'t'.repeat(124)}${1000 + n}`);

    expect(() => enumProjection('tenant', many)).toThrow(
      "the 4000 values of tenant do not fit a table's parameter (512000 bytes); split the deployment",
    );
  });
});

test.each([Aws.STACK_NAME, 'Convlake', ''])('fails at synth for the database name %j', (databaseName) => {
  expect(() => templateOf({ databaseName })).toThrow('cannot name the database');
});

describe('a column', () => {
  test.each([
    ['DatetimeUTC', 'datetime_utc'],
    ['TenantID', 'tenant_id'],
    ['userAgent', 'user_agent'],
    ['Handoff Reason', 'handoff_reason'],
    ['CategoriesId', 'categories_id'],
    ['_href', 'href'],
    ['start_time_unix_secs', 'start_time_unix_secs'],
  ])('of %s is called %s', (field, name) => {
    expect(columnName([field])).toBe(name);
  });

  test('of a field inside an object has both names', () => {
    expect(columnName(['metadata', 'callDuration'])).toBe('metadata_call_duration');
  });

  const column = (path: Column['path']): Column => ({ name: columnName(path), path, reads: 'text', comment: '' });

  test.each([
    [[['ID'], ['id']], 'column id of field "id" is already that of field "ID"; name it otherwise'],
    [
      [['Handoff Reason'], ['handoffReason']],
      'column handoff_reason of field "handoffReason" is already that of field "Handoff Reason"; name it otherwise',
    ],
    [
      [['account', 'id'], ['account_id']],
      'column account_id of field "account_id" is already that of field "account.id"; name it otherwise',
    ],
    ...OWN_COLUMNS.map(
      (name) =>
        [[[name]], `column ${name} of field "${name}" is already that of the view itself; name it otherwise`] as const,
    ),
    [[['Tenant']], 'column tenant of field "Tenant" is already that of the view itself; name it otherwise'],
    [[['99']], '"99" of field "99" is not a column name'],
  ] as const)('that would collapse into another is a problem: %j', (paths, problem) => {
    expect(collapsedColumns(paths.map(column))).toEqual([problem]);
  });

  test.each([...streams.keys()])('of %s has a name of its own, and a comment that Glue takes', (stream) => {
    const columns = columnsOf(stream);

    expect(collapsedColumns(columns)).toEqual([]);
    for (const { comment } of columns) expect(Buffer.byteLength(comment)).toBeLessThanOrEqual(255);
  });

  test.each([...streams.values()])(
    'shows every field that the engine reads of $stream',
    ({ stream, key, time, version, status }) => {
      const shown = columnsOf(stream).map(({ path }) => path.join('.'));

      const read = [...key, ...time, ...(version ? [version] : []), ...(status ? [status.field] : [])];
      expect(shown).toEqual(expect.arrayContaining(read.map((path) => path.join('.'))));
    },
  );
});
