import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describedValues, valuesTable } from './values-table.ts';

export const chart = join(import.meta.dirname, 'tradewind');
const definition = join(import.meta.dirname, '../k8s/crd/productrestocks.yaml');

/** Files of the chart that are made from others, by path, as they ought to be. A packaged chart cannot reach out of itself. */
export async function derivedFiles(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    [join(chart, 'files/productrestocks.yaml'), await readFile(definition, 'utf8')],
    [join(chart, 'README.md'), await readmeWithTable()],
  ]);
}

/** A table whose columns are aligned changes in every line when one value does. */
const unaligned = (table: string) =>
  `\n<!-- prettier-ignore-start -->\n${table}<!-- prettier-ignore-end -->\n`;

async function readmeWithTable(): Promise<string> {
  const file = join(chart, 'README.md');
  const values = await readFile(join(chart, 'values.yaml'), 'utf8');
  const table = valuesTable(describedValues(values));
  const marked = /(<!-- values -->\n)[^]*(\n<!-- \/values -->)/;
  const readme = await readFile(file, 'utf8');
  if (!marked.test(readme)) throw new Error('README.md has no place for the table of values');
  const text = readme.replace(
    marked,
    (_all, before: string, after: string) => `${before}${unaligned(table)}${after}`,
  );
  return await format(text, { ...(await resolveConfig(file)), filepath: file });
}
