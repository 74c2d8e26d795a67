import type { StreamName } from '../../contract/streams.ts';
import type { ExportJob } from './children/export-child.ts';
import type { Cost } from './measured.ts';
import { child, NOW, SINCE, type Simulators } from './processes.ts';

/** What an export cost, and what it wrote. */
export interface ExportCost extends Cost {
  readonly written: number;
  readonly objectBytes: number;
  readonly requests: number;
}

/** What an export into a lake's folder is told; all that the vendors have, unless more is said. */
export function exportJob(
  { stream, baseUrls, apiKey, tenant }: Simulators & { readonly stream: StreamName },
  lake: string,
  { configuration = {}, level = 6 }: Partial<Pick<ExportJob, 'configuration' | 'level'>> = {},
): ExportJob {
  const baseUrl = baseUrls[stream] ?? '';
  return { baseUrl, apiKey, tenant, stream, since: SINCE, now: NOW, lake, level, configuration };
}

/** Carries an export out in a process of its own. */
export function exportOnce(job: ExportJob): Promise<ExportCost> {
  return child('children/export-child.ts', [JSON.stringify(job)]);
}
