import { createHash } from 'node:crypto';
import { Stack } from 'aws-cdk-lib';
import type { CfnTable } from 'aws-cdk-lib/aws-glue';
import { CfnPrincipalPermissions } from 'aws-cdk-lib/aws-lakeformation';
import { Construct } from 'constructs';

/** Who may read what. */
export interface LakeFormationReadersProps {
  /** The database of the tables. */
  readonly databaseName: string;
  /** The tables and views that may be read, by their names. */
  readonly tables: ReadonlyMap<string, CfnTable>;
  /** ARNs of roles and users of IAM. */
  readonly principalArns: readonly string[];
}

/**
 * Lets principals see a database and read its tables, in accounts where Lake Formation decides that besides IAM. Views run with the
 * rights of those who query them, so the tables under them are granted too. Each table by its name, as the database may be shared;
 * and CDK leaves the empty object out that stands for all tables.
 */
export class LakeFormationReaders extends Construct {
  constructor(scope: Construct, id: string, { databaseName, tables, principalArns }: LakeFormationReadersProps) {
    super(scope, id);
    const catalogId = Stack.of(this).account;
    for (const arn of new Set(principalArns)) {
      // Not by their order: another reader in the middle would replace the grants of all that follow.
      const reader = new Construct(this, createHash('sha256').update(arn).digest('hex').slice(0, 8));
      const database = grant(reader, 'Database', arn, ['DESCRIBE'], { database: { catalogId, name: databaseName } });
      for (const [name, table] of tables) {
        const resource = { table: { catalogId, databaseName, name } };
        const granted = grant(reader, table.node.id, arn, ['SELECT', 'DESCRIBE'], resource);
        granted.addResourceDependency(table);
        database.addResourceDependency(table); // a table waits for the database, if that is the stack's own
      }
    }
  }
}

function grant(
  scope: Construct,
  id: string,
  principalArn: string,
  permissions: string[],
  resource: CfnPrincipalPermissions.ResourceProperty,
): CfnPrincipalPermissions {
  return new CfnPrincipalPermissions(scope, id, {
    catalog: Stack.of(scope).account,
    principal: { dataLakePrincipalIdentifier: principalArn },
    resource,
    permissions,
    permissionsWithGrantOption: [],
  });
}
