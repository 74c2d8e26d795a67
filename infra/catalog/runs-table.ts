import { RUN_REPORT_DAYS } from '../../contract/layout.ts';
import type { SourceName } from '../../contract/streams.ts';
import { runsRawTable } from '../../contract/views/raw-tables.ts';
import { dateProjection, enumProjection, type LakeTables, lineTable, type TableInput } from './glue-tables.ts';

/**
 * The table of the runs' reports. It looks back thirteen months: reports are many small objects, and a deployment does not know
 * when its lake began. The stack's own bucket drops older ones.
 */
export function runsTable(sources: readonly SourceName[], lake: LakeTables): TableInput {
  const location = `${lake.lakeUrl}/${runsRawTable.folder}/`;
  return lineTable(runsRawTable, {
    location,
    template: `${location}source=\${source}/tenant=\${tenant}/dt=\${dt}/`,
    projection: {
      ...enumProjection('source', sources),
      ...enumProjection('tenant', lake.tenants),
      ...dateProjection('dt', `NOW-${RUN_REPORT_DAYS}DAYS,NOW+1DAYS`),
    },
  });
}
