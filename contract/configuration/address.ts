import type { StreamConfiguration } from './configuration.ts';
import type { Reading } from './setting.ts';

/** What to write as a base URL. */
export const BASE_URL_FIX = 'write scheme, host and prefix only, such as "https://api.example.com"';
/** What to write as a path. */
export const PATH_FIX = 'write a path such as "/v2/conversations", where {tenant} stands for the tenant';

/** Scheme, host and prefix, without a slash at the end. */
export function readBaseUrl(written: string): Reading<string> {
  // Shown by none of these: keys are pasted into addresses, as a user name or a query.
  if (!/^https?:\/\/[^\s\p{Cc}\\{}]+$/iu.test(written) || !URL.canParse(written)) {
    return { refused: `is not a web address; ${BASE_URL_FIX}` };
  }
  const url = new URL(written);
  if (url.username !== '' || url.password !== '' || /[?#]/.test(written)) {
    return { refused: `holds a user, a password, a query or a fragment; ${BASE_URL_FIX}` };
  }
  if (url.protocol === 'http:' && !isLoopback(url)) {
    return {
      refused: 'would send the key unencrypted; write https:// (http:// is for 127.0.0.1, [::1] and localhost)',
    };
  }
  return { value: `${url.origin}${url.pathname.replace(/\/+$/, '')}` };
}

/** Whether an address leads to the machine that asks. */
export function isLoopback({ hostname }: URL): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

/** A path as it was written, `{tenant}` not yet filled in. */
export function readPath(written: string): Reading<string> {
  const plain = written.replaceAll('{tenant}', 'tenant');
  // The characters of RFC 3986, section 3.3. `//` first would read as a host, and `%2e` is a dot for URL parsers.
  const isPath = /^\/(?!\/)(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*$/.test(plain);
  if (!isPath)
    return { refused: `is not a path, or holds a query, a fragment or characters to be encoded; ${PATH_FIX}` };
  if (/\.\.|%2e/i.test(plain)) return { refused: `holds ".."; ${PATH_FIX}` };
  return { value: written };
}

/** The header in lower case, and what stands before the key in it. */
export function readAuthHeader(written: string): Reading<StreamConfiguration['authHeader']> {
  const header = written.toLowerCase();
  // RFC 9110, section 5.6.2. Not shown: it may be the whole header with the key in it.
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]{1,64}$/.test(header)) {
    return {
      refused:
        'is not the name of a header; write the name alone, such as "x-api-key", and the key as "credential" says',
    };
  }
  return { value: { header, scheme: header === 'authorization' ? 'Bearer ' : '' } };
}
