import type { CfnTable } from 'aws-cdk-lib/aws-glue';
import { UNDATED_PARTITION } from '../../contract/layout.ts';
import type { StreamDefinition } from '../../contract/streams.ts';
import { LINE_COLUMN, type RawTable, rawTables } from '../../contract/views/raw-tables.ts';
import type { ViewDefinition } from '../../contract/views/view-sql.ts';
import { DeployError } from '../deployment/deploy-error.ts';

/** What a Glue table is made from, as CloudFormation takes it. */
export type TableInput = CfnTable.TableInputProperty & { readonly name: string };

/** Where the lines of a lake lie, and what of them a table shows. */
export interface LakeTables {
  /** Such as `s3://bucket/prefix`, without a slash at the end. */
  readonly lakeUrl: string;
  /** Every tenant that a query may ask for. Rows of any other are in the lake, but not in a table. */
  readonly tenants: readonly string[];
}

/** The longest value of a table's parameter that Glue takes: 512,000 bytes (API reference of Table). */
const LONGEST_PARAMETER = 512_000;

/**
 * The table of a stream's dated lines, one column, one folder per tenant and day. Projection needs no crawler: a day is there
 * as soon as its object is. `firstDate` is `YYYY-MM-DD`; the range ends tomorrow, since vendors' clocks may be ahead.
 */
export function rawTable(definition: StreamDefinition, firstDate: string, lake: LakeTables): TableInput {
  const location = `${lake.lakeUrl}/${definition.table}/`;
  return lineTable(rawTables(definition).raw, {
    location,
    template: `${location}tenant=\${tenant}/dt=\${dt}/`,
    projection: { ...enumProjection('tenant', lake.tenants), ...dateProjection('dt', `${firstDate},NOW+1DAYS`) },
  });
}

/** The table of a stream's lines without a usable time. Hive's folder for a null date is not a date, so a projection of dates does not find it. */
export function undatedRawTable(definition: StreamDefinition, lake: LakeTables): TableInput {
  const location = `${lake.lakeUrl}/${definition.table}/`;
  return lineTable(rawTables(definition).undatedRaw, {
    location,
    template: `${location}tenant=\${tenant}/dt=${UNDATED_PARTITION}/`,
    projection: enumProjection('tenant', lake.tenants),
  });
}

/** Where the lines of a raw table lie in a lake, and which partitions there may be. */
export interface LineTableProps {
  /** What is above all its partitions, with a slash at the end. */
  readonly location: string;
  /** Where a partition's lines are, with `${name}` for the values. */
  readonly template: string;
  /** Parameters that say which partitions there may be. */
  readonly projection: Readonly<Record<string, string>>;
}

/**
 * A table of one text column, `row`. The field delimiter is a control character, which JSON text cannot hold unescaped
 * (RFC 8259, section 7), so that a line is one value whatever is in it.
 */
export function lineTable({ name, description, partitions }: RawTable, lines: LineTableProps): TableInput {
  return {
    name,
    description,
    tableType: 'EXTERNAL_TABLE',
    parameters: {
      EXTERNAL: 'TRUE',
      'projection.enabled': 'true',
      ...lines.projection,
      'storage.location.template': lines.template,
    },
    partitionKeys: partitions.map((partition) => ({ name: partition, type: LINE_COLUMN.hive })),
    storageDescriptor: {
      columns: [{ name: LINE_COLUMN.name, type: LINE_COLUMN.hive, comment: LINE_COLUMN.comment }],
      location: lines.location,
      inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
      outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
      serdeInfo: {
        serializationLibrary: 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe',
        parameters: { 'field.delim': '\u0001', 'serialization.format': '1' },
      },
    },
  };
}

/**
 * A partition column with a fixed list of values. `injected` would spare the list, but then every query without `tenant = …`
 * fails; a list of a thousand tenants is 20 KB of at most 500.
 * @throws DeployError when the list is longer than a parameter may be
 */
export function enumProjection(column: string, values: readonly string[]): Readonly<Record<string, string>> {
  const listed = [...new Set(values)].sort().join(',');
  if (listed.length > LONGEST_PARAMETER) {
    throw new DeployError(
      `the ${values.length} values of ${column} do not fit a table's parameter (${LONGEST_PARAMETER} bytes); split the deployment`,
    );
  }
  return { [`projection.${column}.type`]: 'enum', [`projection.${column}.values`]: listed };
}

/** A partition column of UTC days; both ends of the range are included. */
export function dateProjection(column: string, range: string): Readonly<Record<string, string>> {
  return {
    [`projection.${column}.type`]: 'date',
    [`projection.${column}.format`]: 'yyyy-MM-dd',
    [`projection.${column}.range`]: range,
    [`projection.${column}.interval`]: '1',
    [`projection.${column}.interval.unit`]: 'DAYS',
  };
}

/**
 * A view as Athena itself keeps it in Glue: the query and its types in base64, and the columns once more in Hive's words and
 * the same order. The schema is inside the base64, so `database` must be the real name. It runs with the rights of
 * those who query it.
 */
export function viewTable(view: ViewDefinition, database: string): TableInput {
  const presto = {
    originalSql: view.sql,
    catalog: 'awsdatacatalog',
    schema: database,
    columns: view.columns.map(({ name, trino }) => ({ name, type: trino })),
    runAsInvoker: true,
  };
  return {
    // No description: Trino takes it for the comment, by which it knows a view (seen in 476).
    name: view.name,
    tableType: 'VIRTUAL_VIEW',
    parameters: { presto_view: 'true', comment: 'Presto View' },
    partitionKeys: [],
    storageDescriptor: {
      columns: view.columns.map(({ name, hive, comment }) => ({ name, type: hive, comment })),
      location: '',
      serdeInfo: {},
    },
    viewOriginalText: `/* Presto View: ${Buffer.from(JSON.stringify(presto)).toString('base64')} */`,
    viewExpandedText: '/* Presto View */',
  };
}
