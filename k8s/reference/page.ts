import { type Definition, type Field, fieldsOf, type PrinterColumn, type Schema } from './definition.ts';

/** The reference page of a definition, as Markdown that nobody has formatted yet. */
export function referencePage({ spec }: Definition): string {
  const { group, names, scope } = spec;
  const [version] = spec.versions;
  const root = version.schema.openAPIV3Schema;
  const part = (name: string, schema: Schema | undefined) =>
    schema === undefined ? [] : fieldsOf(name, schema, root.required?.includes(name) ?? false);
  const specFields = part('spec', root.properties?.['spec']);
  const statusFields = part('status', root.properties?.['status']);
  const code = (words: readonly string[]) => words.map((word) => `\`${word}\``).join(', ');
  return [
    `<!-- Made from k8s/crd by make reference. -->`,
    `# ${names.kind}`,
    root.description ?? '',
    `How to use it is told in [restocking.md](../restocking.md).`,
    table(
      ['', ''],
      [
        ['API version', `\`${group}/${version.name}\``],
        ['Scope', scope.toLowerCase()],
        ['For kubectl', code([names.plural, ...names.shortNames])],
        ['Category', code(names.categories)],
        ['Field selectors', code(version.selectableFields.map(({ jsonPath }) => jsonPath.slice(1)))],
      ],
    ),
    '## Spec',
    table(['field', 'type', 'default', 'bounds', 'meaning'], specFields.slice(1).map(specRow)),
    '## Rules',
    'Beside the bounds. The API server refuses what breaks one, with the message; the expressions are in [the definition](../../k8s/crd).',
    table(['field', 'checked', 'message'], withoutRepeats(specFields.flatMap(ruleRows))),
    '## Status',
    table(['field', 'type', 'bounds', 'meaning'], statusFields.slice(1).map(statusRow)),
    '## Columns',
    'As `kubectl get` shows them.',
    table(['column', 'shows', 'when'], version.additionalPrinterColumns.map(columnRow)),
  ].join('\n\n');
}

type Row = readonly string[];

const specRow = (field: Field): Row => {
  const { schema } = field;
  const value = schema.default === undefined ? '' : `\`${JSON.stringify(schema.default)}\``;
  return [...nameAndType(field), value, bounds(schema), schema.description ?? ''];
};

const statusRow = (field: Field): Row => [
  ...nameAndType(field),
  bounds(field.schema),
  field.schema.description ?? '',
];

const columnRow = ({ name, jsonPath, priority = 0 }: PrinterColumn): Row => [
  name.toUpperCase(),
  `\`${jsonPath.slice(1)}\``,
  priority === 0 ? 'always' : 'with `-o wide`',
];

function nameAndType({ path, schema, required }: Field): Row {
  const type = schema.format === 'date-time' ? 'date and time' : schema.type;
  return [`\`${path}\``, required ? `${type}, required` : type];
}

function bounds(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.join(', ');
  if (schema.maxItems !== undefined) return `up to ${schema.maxItems} items`;
  if (schema.maxLength !== undefined) return range(schema.minLength, schema.maxLength, ' characters');
  return range(schema.minimum, schema.maximum, '');
}

function range(least: number | undefined, most: number | undefined, unit: string): string {
  const write = (value: number) => value.toLocaleString('en-US');
  if (most === undefined) return least === undefined ? '' : `from ${write(least)}${unit}`;
  return least === undefined ? `up to ${write(most)}${unit}` : `${write(least)} to ${write(most)}${unit}`;
}

function ruleRows({ path, schema }: Field): readonly Row[] {
  return (schema['x-kubernetes-validations'] ?? []).map(({ rule, message, fieldPath = '' }) => [
    `\`${path}${fieldPath}\``,
    // A rule that speaks of the old value is not asked when there is none.
    /\boldSelf\b/.test(rule) ? 'on change' : 'always',
    message,
  ]);
}

/** Two rules may say the same, each of what the other cannot see. */
function withoutRepeats(rows: readonly Row[]): readonly Row[] {
  return [...new Map(rows.map((row) => [row.join('\n'), row])).values()];
}

function table(header: Row, rows: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
