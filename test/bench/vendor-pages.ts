import type { ExportJob } from './children/export-child.ts';

/** A row of Crescendo's reporting API as a program without an engine sees it. */
export type ParsedRow = Readonly<Record<string, unknown>> & { readonly DatetimeUTC: string };

/** The pages of a span as a plain program reads them, one after the other: `fetch`, `JSON.parse`, the cursor. */
export async function* vendorPages(
  { baseUrl, apiKey, tenant }: Pick<ExportJob, 'baseUrl' | 'apiKey' | 'tenant'>,
  span: { readonly from: number; readonly to: number },
): AsyncGenerator<readonly ParsedRow[]> {
  const path = `${baseUrl}/api/v1/reporting/tenants/${tenant}/vocconv`;
  const [from, to] = [span.from, span.to].map((at) => new Date(at).toISOString());
  let query: Record<string, string> | undefined = { from: `${from}`, to: `${to}`, limit: '1000' };
  while (query) {
    const response = await fetch(`${path}?${new URLSearchParams(query)}`, {
      headers: { authorization: `Bearer ${apiKey}` },
    });
    if (!response.ok) throw new Error(`the vendor responded with ${response.status}`);
    const page = (await response.json()) as { data: ParsedRow[]; cursor: { next?: string | null } };
    yield page.data;
    query = page.cursor.next ? { cursor: page.cursor.next, limit: '1000' } : undefined;
  }
}
