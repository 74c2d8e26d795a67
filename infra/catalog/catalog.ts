import { type Size, Stack, Token } from 'aws-cdk-lib';
import { CfnNamedQuery, CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import type { SourceName, StreamDefinition } from '../../contract/streams.ts';
import { namedQueries } from '../../contract/views/named-queries.ts';
import { runsView } from '../../contract/views/runs-view.ts';
import { turnsView } from '../../contract/views/turn-views.ts';
import { streamView } from '../../contract/views/view-sql.ts';
import { rawTable, type TableInput, undatedRawTable, viewTable } from './glue-tables.ts';
import { LakeFormationReaders } from './lake-formation-readers.ts';
import { runsTable } from './runs-table.ts';

/** What the catalogue is made for. */
export interface CatalogProps {
  /** Known at synth, not a token, as the views hold it. Lower-case letters, digits and `_`. */
  readonly databaseName: string;
  /**
   * Whether the database is there already, and stays when the stack goes.
   * @default false: the stack makes it
   */
  readonly isExistingDatabase?: boolean;
  /**
   * ARNs of roles and users that may read all tables where Lake Formation decides that.
   * @default - IAM decides, or grants are made elsewhere
   */
  readonly lakeFormationReaders?: readonly string[];
  /** The lake's bucket. */
  readonly bucket: IBucket;
  /**
   * The lake's prefix in the bucket, without a slash at either end.
   * @default - the whole bucket
   */
  readonly prefix?: string;
  /** Every configured stream and tenant, disabled ones too: their rows stay in the tables. */
  readonly streams: readonly Pick<StreamConfiguration, 'definition' | 'tenant' | 'tableFrom'>[];
  /** Name of the workgroup that queries run in. */
  readonly workGroupName: string;
  /** Where results of queries go. Its key encrypts them, if it has one of KMS. */
  readonly resultsBucket: IBucket;
  /**
   * The results' prefix in their bucket, without a slash at either end.
   * @default 'results'
   */
  readonly resultsPrefix?: string;
  /** A query that scans more is stopped. */
  readonly bytesScannedCutoffPerQuery: Size;
}

/**
 * What Athena needs to query the lake: a database with a view per stream (and one of the turns of its transcripts), the raw tables under them, a table of the runs, and a
 * workgroup with named queries. Partitions are projected, so there is no crawler to run and no partition to add.
 */
export class Catalog extends Construct {
  /** Name of the database, which views and queries are in. */
  readonly databaseName: string;
  readonly #database: CfnDatabase | undefined;
  readonly #tables = new Map<string, CfnTable>();

  constructor(scope: Construct, id: string, props: CatalogProps) {
    super(scope, id);
    const { databaseName, bucket, prefix = '', streams } = props;
    if (Token.isUnresolved(databaseName) || !/^[a-z][a-z0-9_]{0,127}$/.test(databaseName)) {
      throw new Error(
        `${JSON.stringify(databaseName)} cannot name the database, for the views hold its name; write lower-case letters, digits and "_"`,
      );
    }
    this.databaseName = databaseName;
    this.#database = props.isExistingDatabase === true ? undefined : this.#addDatabase();

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
      const turns = turnsView(definition.stream);
      if (turns) this.#table(idOf(turns.name), viewTable(turns, databaseName)).addResourceDependency(view);
    }

    const sources = new Set<SourceName>([...tables.keys()].map(({ source }) => source));
    const everyTenant = { lakeUrl, tenants: streams.map(({ tenant }) => tenant) };
    const runs = this.#table('RunsRaw', runsTable([...sources], everyTenant));
    this.#table('Runs', viewTable(runsView(), databaseName)).addResourceDependency(runs);

    const { lakeFormationReaders: principalArns } = props;
    if (principalArns) new LakeFormationReaders(this, 'Readers', { databaseName, tables: this.#tables, principalArns });

    const workGroup = this.#workGroup(props);
    for (const query of namedQueries([...tables.keys()])) {
      const named = new CfnNamedQuery(this, `Query${idOf(query.name)}`, {
        name: query.name,
        description: query.description,
        database: databaseName,
        workGroup: workGroup.name,
        queryString: query.sql,
      });
      named.addResourceDependency(workGroup);
      if (this.#database) named.addResourceDependency(this.#database);
    }
  }

  #addDatabase(): CfnDatabase {
    return new CfnDatabase(this, 'Database', {
      catalogId: Stack.of(this).account,
      databaseInput: { name: this.databaseName, description: 'Conversation records that convlake exports' },
    });
  }

  #table(id: string, tableInput: TableInput): CfnTable {
    const table = new CfnTable(this, id, {
      catalogId: Stack.of(this).account,
      databaseName: this.databaseName,
      tableInput,
    });
    if (this.#database) table.addResourceDependency(this.#database);
    this.#tables.set(tableInput.name, table);
    return table;
  }

  #workGroup(props: CatalogProps): CfnWorkGroup {
    const { workGroupName, resultsBucket, resultsPrefix = 'results', bytesScannedCutoffPerQuery } = props;
    const { encryptionKey } = resultsBucket;
    return new CfnWorkGroup(this, 'WorkGroup', {
      name: workGroupName,
      description: 'Queries on the conversation records that convlake exports',
      // Its history and queries go with it, so that a stack can be destroyed.
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: bytesScannedCutoffPerQuery.toBytes(),
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: resultsBucket.s3UrlForObject(`${resultsPrefix}/`),
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
