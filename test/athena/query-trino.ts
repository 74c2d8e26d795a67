/** A response of Trino's protocol. */
interface TrinoResponse {
  readonly data?: readonly (readonly unknown[])[];
  readonly nextUri?: string;
  readonly error?: { readonly message: string };
}

/**
 * The rows of a query over Trino's own protocol: a response says where the next one is, until there are no more.
 * @throws Error with Trino's message
 */
export async function queryTrino(
  at: { readonly origin: string; readonly schema: string },
  sql: string,
): Promise<readonly (readonly unknown[])[]> {
  const headers = { 'x-trino-user': 'test', 'x-trino-catalog': 'awsdatacatalog', 'x-trino-schema': at.schema };
  const rows: (readonly unknown[])[] = [];
  let fetched = await fetch(`${at.origin}/v1/statement`, { method: 'POST', body: sql, headers });
  for (;;) {
    const response = (await fetched.json()) as TrinoResponse; // the form of Trino's own documentation
    if (response.error) throw new Error(response.error.message);
    rows.push(...(response.data ?? []));
    if (response.nextUri === undefined) return rows;
    fetched = await fetch(response.nextUri, { headers });
  }
}
