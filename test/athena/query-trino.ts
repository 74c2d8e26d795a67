interface Answer {
  readonly data?: readonly (readonly unknown[])[];
  readonly nextUri?: string;
  readonly error?: { readonly message: string };
}

/**
 * The rows of a query over Trino's own protocol: an answer says where the next one is, until there is none.
 * @throws Error with Trino's message
 */
export async function queryTrino(
  at: { readonly origin: string; readonly schema: string },
  sql: string,
): Promise<readonly (readonly unknown[])[]> {
  const headers = { 'x-trino-user': 'test', 'x-trino-catalog': 'awsdatacatalog', 'x-trino-schema': at.schema };
  const rows: (readonly unknown[])[] = [];
  let response = await fetch(`${at.origin}/v1/statement`, { method: 'POST', body: sql, headers });
  for (;;) {
    const answer = (await response.json()) as Answer; // the form of Trino's own documentation
    if (answer.error) throw new Error(answer.error.message);
    rows.push(...(answer.data ?? []));
    if (answer.nextUri === undefined) return rows;
    response = await fetch(answer.nextUri, { headers });
  }
}
