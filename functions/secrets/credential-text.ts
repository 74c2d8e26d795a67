/** What a stored secret says: the credential, or why it is not one. */
export type CredentialText = { readonly text: string } | { readonly problem: string };

/** Fields of a JSON secret that hold the credential, whatever else is in it. */
const FIELDS = ['apiKey', 'api_key', 'token'] as const;

/**
 * Finds the credential in a stored secret: the text itself, or of a JSON object (as the AWS console stores secrets) the field
 * `apiKey`, `api_key` or `token`, or its only field. Line ends behind it go: files and shells put them there, and no header
 * could carry them. A problem never quotes the secret, not even by the names of its fields.
 */
export function credentialText(stored: string): CredentialText {
  const text = stored.replace(/[\r\n]+$/, '');
  if (text.trim() === '') return { problem: 'is empty' };
  if (!text.trimStart().startsWith('{')) return { text };
  const fields = objectFields(text);
  if (!fields) return { problem: 'begins like JSON and is not JSON' };
  const named = FIELDS.filter((name) => Object.hasOwn(fields, name));
  const [value, ...others] = named.length > 0 ? named.map((name) => fields[name]) : Object.values(fields);
  if (others.length > 0 || value === undefined) {
    const count = `is JSON with ${Object.keys(fields).length} fields, of which ${named.length} are called`;
    return { problem: `${count} ${FIELDS.join(', ')}: exactly one must be, or it must be the only field` };
  }
  if (typeof value !== 'string' || value === '') return { problem: 'is JSON whose field for the key holds no text' };
  return { text: value };
}

function objectFields(text: string): Partial<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined; // the parser's own message would quote the secret
  }
}
