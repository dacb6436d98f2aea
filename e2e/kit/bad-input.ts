import { exampleOf, type Operation, type Schema } from './openapi.ts';

/** A request that is wrong in one way. */
export interface BadRequest {
  /** What is wrong. */
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  /** The field that the answer is to name. */
  readonly field?: string;
}

const wrongBodies = [
  '',
  '{',
  'null',
  '1',
  '"text"',
  '[]',
  '{"__proto__":{"role":"admin"}}',
  '['.repeat(50_000),
  '\u0000',
  `{"huge":"${'x'.repeat(2 * 1024 * 1024)}"}`,
];

const wrongValues: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  2 ** 53,
  '',
  ' ',
  'x'.repeat(300_000),
  'nul\u0000byte',
  '\ud800',
  [],
  {},
  [[[]]],
  { $gt: '' },
];

const wrongIds = ['%00', '..%2f', 'a%20b', 'x'.repeat(65), '%F0%9F%92%A9', '%', '$where'];
const wrongQueries = ['', '-1', 'NaN', '1e999', '%00', 'x'.repeat(5_000), '[]', 'true,false'];

/** Wrong values in each parameter and each field, and wrong bodies as a whole. */
export function badRequestsOf(operation: Operation, path: string): BadRequest[] {
  const { method, body: schema } = operation;
  const at = { method, path };
  const queries = operation.parameters
    .filter((parameter) => parameter.in === 'query')
    .flatMap(({ name, schema: wanted }) =>
      wrongQueries
        .filter((value) => !isTakenFromQuery(wanted, value))
        .map((value) => ({
          ...at,
          what: `?${name}=${value.slice(0, 20)}`,
          path: `${path}?${name}=${value}`,
        })),
    );
  const ids = operation.path.includes('{id}')
    ? wrongIds.map((id) => ({
        ...at,
        what: `id ${id.slice(0, 20)}`,
        path: operation.path.replace('{id}', id),
        ...(schema ? { body: JSON.stringify(exampleOf(schema)) } : {}),
      }))
    : [];
  if (!schema) return [...queries, ...ids];

  const example = exampleOf(schema) as Record<string, unknown>;
  const bodies = wrongBodies.map((body) => ({ ...at, what: `body ${body.slice(0, 20)}`, body }));
  const unknown = { ...at, what: 'an unknown field', body: json({ ...example, is_admin: true }) };
  const missing = (schema.required ?? []).map((field) => ({
    ...at,
    what: `no ${field}`,
    body: json({ ...example, [field]: undefined }),
    field,
  }));
  const values = fieldsOf(schema).flatMap(({ path: field, schema: property, bodyWith }) =>
    wrongValues
      .filter((value) => !isTaken(property, value))
      .map((value) => ({
        ...at,
        what: `${field} = ${json(value).slice(0, 20)}`,
        body: json(bodyWith(value)),
        field,
      })),
  );
  return [...queries, ...ids, ...bodies, { ...unknown, field: 'is_admin' }, ...missing, ...values];
}

interface Field {
  /** As answers name it: `items[0].quantity`. */
  readonly path: string;
  readonly schema: Schema;
  /** A good body but for the value of this field. */
  readonly bodyWith: (value: unknown) => unknown;
}

/** The fields of a schema, and the fields in those. */
function fieldsOf(schema: Schema): Field[] {
  const within = (name: string, inner: Schema, put: (value: unknown) => unknown): Field[] => [
    { path: name, schema: inner, bodyWith: put },
    ...fieldsOf(inner).map(({ path, schema: innermost, bodyWith }) => ({
      path: path.startsWith('[') ? `${name}${path}` : `${name}.${path}`,
      schema: innermost,
      bodyWith: (value: unknown) => put(bodyWith(value)),
    })),
  ];
  if (schema.items) return within('[0]', schema.items, (value) => [value]);
  const example = exampleOf(schema) as object;
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    within(name, property, (value) => ({ ...example, [name]: value })),
  );
}

const json = (value: unknown): string => JSON.stringify(value);

/** Whether the value happens to be right for the property. */
function isTaken({ type, minLength = 0, minimum, additionalProperties }: Schema, value: unknown): boolean {
  if (value === '') return type === 'string' && minLength === 0;
  if (value === -1) return type === 'integer' && (minimum ?? 0) < 0;
  if (value === ' ') return type === 'string';
  const isMap = type === 'object' && typeof additionalProperties === 'object';
  return isMap && typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTakenFromQuery({ type, enum: choices }: Schema, value: string): boolean {
  return type === 'string' && choices === undefined && value !== '' && !/%00|x{100}/.test(value);
}
