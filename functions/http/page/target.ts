import { ConvlakeError } from '../../engine/errors.ts';
import type { PageRequest } from '../../engine/source.ts';
import { queryText } from './query-text.ts';
import { type Names, subject } from './refusals.ts';

/** Where the requests of a stream go, encoded. */
export interface Paths {
  /** That of the base URL, without a slash at its end. */
  readonly basePath: string;
  /** The stream's own, behind that of the base URL. */
  readonly path: string;
}

/** Segments of the characters of RFC 3986, section 3.3, none of them empty: a query, a fragment and `//` have others. */
const PATH_FORM = /^(?:\/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)+$/;

/**
 * Path and query of a request, encoded.
 * @throws ConvlakeError `body-unexpected` for a path that could lead elsewhere: what it was made from is an id in the vendor's list
 */
export function targetOf({ basePath, path }: Paths, request: PageRequest, names: Names): string {
  const query = queryText(request);
  const asked = request.path === undefined ? path : basePath + safePath(request.path, names);
  return query === '' ? asked : `${asked}?${query}`;
}

function safePath(path: string, names: Names): string {
  if (PATH_FORM.test(path) && !hasDotSegment(path)) return path;
  throw new ConvlakeError(
    'body-unexpected',
    'retry',
    `${subject(names)}: the path of a detail could lead elsewhere, and is not asked for; its id is not one that a path can hold`,
  );
}

/** Servers decode `%2e`, and some also take an encoded slash or backslash for one. */
function hasDotSegment(path: string): boolean {
  return path
    .split(/\/|%2f|%5c/i)
    .map((segment) => segment.replaceAll(/%2e/gi, '.'))
    .some((segment) => segment === '.' || segment === '..');
}
