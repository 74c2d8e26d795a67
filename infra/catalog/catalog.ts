import { type Size, Stack, Token } from 'aws-cdk-lib';
import { CfnNamedQuery, CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import type { SourceName, StreamDefinition } from '../../contract/streams.ts';
import { rawTable, type TableInput, undatedRawTable, viewTable } from './glue-tables.ts';
import { namedQueries } from './named-queries.ts';
import { runsRawTable, runsView } from './run-tables.ts';
import { streamView } from './view-sql.ts';

/** What the catalogue is made for. */
export interface CatalogProps {
  /** A real name, no token: the views hold it. Lower-case letters, digits and `_`. */
  readonly databaseName: string;
  /** Where the lake is. */
  readonly bucket: IBucket;
  /** The lake's prefix in the bucket, without a slash at either end. @default - the whole bucket */
  readonly prefix?: string;
  /** Every configured stream and tenant, disabled ones too: their rows stay in the tables. */
  readonly streams: readonly Pick<StreamConfiguration, 'definition' | 'tenant' | 'tableFrom'>[];
  readonly workGroup: WorkGroupProps;
}

/** How Athena may be used on the tables. */
export interface WorkGroupProps {
  readonly name: string;
  /** Where results go, such as `s3://results/athena/`. */
  readonly resultLocation: string;
  /** A query that scans more is stopped. */
  readonly bytesScannedLimit: Size;
  /** Encrypts results. @default - a key of S3's own */
  readonly encryptionKey?: IKey;
}

/** A database with a view per stream, the raw tables under them, a table of the runs, and the workgroup to query them in. */
export class Catalog extends Construct {
  readonly databaseName: string;
  readonly workGroupName: string;
  readonly #database: CfnDatabase;

  constructor(scope: Construct, id: string, props: CatalogProps) {
    super(scope, id);
    const { databaseName, bucket, prefix = '', streams } = props;
    if (Token.isUnresolved(databaseName) || !/^[a-z][a-z0-9_]{0,127}$/.test(databaseName)) {
      throw new Error(
        `${JSON.stringify(databaseName)} cannot name the database, for the views hold its name; write lower-case letters, digits and "_"`,
      );
    }
    this.databaseName = databaseName;
    this.#database = new CfnDatabase(this, 'Database', {
      catalogId: Stack.of(this).account,
      databaseInput: { name: databaseName, description: 'Conversation records that convlake exports' },
    });

    const lakeUrl = prefix === '' ? `s3://${bucket.bucketName}` : `s3://${bucket.bucketName}/${prefix}`;
    const tables = new Map<StreamDefinition, typeof streams>(Map.groupBy(streams, ({ definition }) => definition));
    for (const [definition, tenants] of tables) {
      const lake = { lakeUrl, tenants: tenants.map(({ tenant }) => tenant) };
      const name = idOf(definition.table);
      const under = [
        this.#table(`${name}Raw`, rawTable(definition, firstDate(tenants), lake)),
        this.#table(`${name}UndatedRaw`, undatedRawTable(definition, lake)),
      ];
      const view = this.#table(name, viewTable(streamView(definition), databaseName));
      for (const table of under) view.addResourceDependency(table);
    }

    const sources = new Set<SourceName>([...tables.keys()].map(({ source }) => source));
    const everyTenant = { lakeUrl, tenants: streams.map(({ tenant }) => tenant) };
    const runs = this.#table('RunsRaw', runsRawTable([...sources], everyTenant));
    this.#table('Runs', viewTable(runsView(), databaseName)).addResourceDependency(runs);

    const workGroup = this.#workGroup(props.workGroup);
    this.workGroupName = workGroup.name;
    for (const query of namedQueries([...tables.keys()])) {
      const named = new CfnNamedQuery(this, `Query${idOf(query.name)}`, {
        name: query.name,
        description: query.description,
        database: databaseName,
        workGroup: workGroup.name,
        queryString: query.sql,
      });
      named.addResourceDependency(workGroup);
      named.addResourceDependency(this.#database);
    }
  }

  #table(id: string, tableInput: TableInput): CfnTable {
    const table = new CfnTable(this, id, {
      catalogId: Stack.of(this).account,
      databaseName: this.databaseName,
      tableInput,
    });
    table.addResourceDependency(this.#database);
    return table;
  }

  #workGroup({ name, resultLocation, bytesScannedLimit, encryptionKey }: WorkGroupProps): CfnWorkGroup {
    return new CfnWorkGroup(this, 'WorkGroup', {
      name,
      description: 'Queries on the conversation records that convlake exports',
      // Its history and queries go with it, so that a stack can be destroyed.
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: bytesScannedLimit.toBytes(),
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: resultLocation,
          encryptionConfiguration: encryptionKey
            ? { encryptionOption: 'SSE_KMS', kmsKey: encryptionKey.keyArn }
            : { encryptionOption: 'SSE_S3' },
        },
      },
    });
  }
}

function firstDate(tenants: readonly { readonly tableFrom: string }[]): string {
  const [first = ''] = tenants.map(({ tableFrom }) => tableFrom).sort();
  return first;
}

/** `CrescendoVocconv` of `crescendo_vocconv`: construct ids stay as long as table names do. */
function idOf(table: string): string {
  return table
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
