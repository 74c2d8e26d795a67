import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root });

test.each(pages)('every link of %s leads to a file, and to a heading in it', (page) => {
  const broken = linksOf(page).filter((link) => !leadsSomewhere(page, link));

  expect(broken).toEqual([]);
});

test.each(pages)('every file that %s names in code exists', (page) => {
  const missing = filesNamedIn(page).filter((file) => !existsSync(join(root, file)));

  expect(missing).toEqual([]);
});

test('the pages have links at all', () => {
  expect(pages.flatMap(linksOf).length).toBeGreaterThan(10);
});

test('queries that the runbook has ready ask for days counted from today: a date would read more from day to day', () => {
  const queries = textOf('docs/runbook.md').match(/SELECT [^`]+/g) ?? [];

  expect(queries.length).toBeGreaterThan(1);
  expect(queries.filter((query) => /dt >= '\d/.test(query) || !query.includes('dt >= CAST(current_date - '))).toEqual(
    [],
  );
});

/** Links to places of this repository. */
function linksOf(page: string): string[] {
  return [...textOf(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = '']) => link);
}

/** Files of this repository by their paths. `acme` is the source that a reader is to add, `*` stands for several. */
function filesNamedIn(page: string): string[] {
  const paths = [...textOf(page).matchAll(/`((?:contract|functions|infra|cli|test|docs|examples)\/[\w./-]+\.\w+)`/g)];
  return paths.map(([, path = '']) => path).filter((path) => !path.includes('acme'));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? page : relative(root, join(root, dirname(page), file));
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || anchorsOf(target).includes(anchor);
}

/** The headings as GitHub makes anchors of them. */
function anchorsOf(page: string): string[] {
  return [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}
