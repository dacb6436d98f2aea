import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { readDefinition } from './definition.ts';
import { referencePage } from './page.ts';

const project = join(import.meta.dirname, '../..');
const definition = join(project, 'k8s/crd/productrestocks.yaml');

/** Where the reference page of ProductRestock is kept. */
export const pageFile = join(project, 'docs/reference/productrestock.md');

/** The page as it should be, formatted as everything here. */
export async function makePage(): Promise<string> {
  const page = referencePage(readDefinition(await readFile(definition, 'utf8')));
  return await format(page, { ...(await resolveConfig(pageFile)), parser: 'markdown' });
}
