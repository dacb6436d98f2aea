import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const repository = join(import.meta.dirname, '..');
const exists = (path: string) =>
  [path, `${path}.test.ts`, `${path}.ts`].some((name) => globSync(name, { cwd: repository }).length > 0);

test('every proof that docs/promises.md names is there', () => {
  const rows = readFileSync(join(repository, 'docs/promises.md'), 'utf8').split('\n');
  const proofs = rows
    .filter((row) => /^\| (?!promise|-)/.test(row))
    .map((row) => row.split('|').at(-2) ?? '')
    .flatMap((cell) => cell.match(/\b(?:services|e2e)\/[\w*/-]+/g) ?? []);
  expect(proofs.length).toBeGreaterThan(30);
  expect(proofs.filter((path) => !exists(path))).toEqual([]);
});

test.each(['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: repository })])(
  'the links of %s lead somewhere',
  (file) => {
    const text = readFileSync(join(repository, file), 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !exists(normalize(join(dirname(file), link))))).toEqual([]);
  },
);
