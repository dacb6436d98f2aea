import { parse } from 'yaml';

/** One row of the README's table: a value with all that is below it. */
export interface ValueRow {
  readonly path: string;
  readonly description: string;
  readonly defaultValue: unknown;
}

export interface ValueSection {
  readonly title: string;
  readonly rows: readonly ValueRow[];
}

/**
 * The described values of a values.yaml, in its order. `# -- text` before a key describes it, up to the key; `# @section
 * title` begins a section.
 *
 * @throws Error when a value has no description, or one inside of another
 */
export function describedValues(text: string): readonly ValueSection[] {
  const values: unknown = parse(text);
  const sections: { title: string; rows: ValueRow[] }[] = [];
  let path: { readonly key: string; readonly indent: number }[] = [];
  let description: string[] | undefined;
  for (const line of text.split('\n')) {
    const comment = /^ *# ?(.*)$/.exec(line)?.[1];
    const [, spaces = '', key] = /^( *)([\w.-]+):/.exec(line) ?? [];
    if (comment?.startsWith('@section '))
      sections.push({ title: comment.slice('@section '.length), rows: [] });
    else if (comment?.startsWith('-- ')) description = [comment.slice('-- '.length)];
    else if (comment !== undefined) description?.push(comment);
    else if (key !== undefined) {
      path = [...path.filter(({ indent }) => indent < spaces.length), { key, indent: spaces.length }];
      const keys = path.map((step) => step.key);
      if (description !== undefined) {
        const row = {
          path: keys.join('.'),
          description: description.join(' '),
          defaultValue: valueAt(values, keys),
        };
        sections.at(-1)?.rows.push(row);
        description = undefined;
      }
    }
  }
  checkCoverage(
    values,
    sections.flatMap(({ rows }) => rows.map((row) => row.path)),
  );
  return sections;
}

/** The sections as Markdown tables. */
export function valuesTable(sections: readonly ValueSection[]): string {
  return sections.map(({ title, rows }) => `### ${title}\n\n${tableOf(rows)}\n`).join('\n');
}

function tableOf(rows: readonly ValueRow[]): string {
  const cells = rows.map(
    ({ path, defaultValue, description }) =>
      `| \`${path}\` | \`${JSON.stringify(defaultValue)}\` | ${description} |`,
  );
  return ['| value | default | meaning |', '| --- | --- | --- |', ...cells].join('\n');
}

/** Every leaf is described once: itself, or with a map that it is in. */
function checkCoverage(values: unknown, described: readonly string[]): void {
  for (const leaf of leafPaths(values)) {
    const by = described.filter((path) => path === leaf || leaf.startsWith(`${path}.`));
    if (by.length !== 1) throw new Error(`${leaf} is described ${by.length} times in values.yaml`);
  }
}

/** The paths of what is no map with something in it. */
export function leafPaths(value: unknown, path: readonly string[] = []): readonly string[] {
  if (!isMap(value) || Object.keys(value).length === 0) return [path.join('.')];
  return Object.entries(value).flatMap(([key, inner]) => leafPaths(inner, [...path, key]));
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((inner, key) => (isMap(inner) ? inner[key] : undefined), value);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
