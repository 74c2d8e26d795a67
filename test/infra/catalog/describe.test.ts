import { expect, test } from 'vitest';
import { columnList, lakeCatalogue, namedQueryList, tableList } from '../../../cli/query/lists.ts';
import { streams } from '../../../contract/streams.ts';
import { asDeployed } from '../support/as-deployed.ts';
import { resourcesOf } from '../support/resources-of.ts';
import { stackOf, streamOf } from '../support/stack-of.ts';

const { template } = stackOf({ lake: './lake', streams: [...streams.keys()].map((stream) => streamOf({ stream })) });
const catalogue = lakeCatalogue([...streams.values()]);

interface Column {
  readonly Name: string;
  readonly Type: string;
  readonly Comment?: string;
}

/** The tables as Glue has them after a deploy: columns, then partitions. */
const glueTables = [...resourcesOf(template, 'AWS::Glue::Table').values()].map(({ Properties }) => {
  const { Name, StorageDescriptor, PartitionKeys } = asDeployed(template, Properties['TableInput']) as {
    Name: string;
    StorageDescriptor: { Columns: Column[] };
    PartitionKeys: Column[];
  };
  return [Name, [...StorageDescriptor.Columns, ...PartitionKeys]] as const;
});

test.each(glueTables)('query --describe %s has the columns, types and comments of Glue', (name, columns) => {
  const described = columnList(catalogue, name)?.rows ?? [];

  expect(described.map(([column, type]) => [column, type])).toEqual(columns.map(({ Name, Type }) => [Name, Type]));
  for (const [at, { Comment }] of columns.entries()) {
    if (Comment !== undefined) expect(described[at]?.[2]).toBe(Comment);
  }
});

test('query --tables has every table of Glue and no other, and --named every named query', () => {
  const queries = [...resourcesOf(template, 'AWS::Athena::NamedQuery').values()].map(({ Properties }) => [
    Properties['Name'],
    Properties['Description'],
  ]);

  expect(
    tableList(catalogue)
      .rows.map(([name]) => name)
      .sort(),
  ).toEqual(glueTables.map(([name]) => name).sort());
  expect(namedQueryList(catalogue).rows.toSorted()).toEqual(queries.toSorted());
});
