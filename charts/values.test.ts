import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { chart, derivedFiles } from './derived-files.ts';
import { describedValues, leafPaths } from './values-table.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

const values = await readFile(join(chart, 'values.yaml'), 'utf8');
const schema = JSON.parse(await readFile(join(chart, 'values.schema.json'), 'utf8')) as Schema;

/** Kubernetes' own structures, which its API server checks, and what parent charts hand down. */
const open = ['global', 'matchExpressions', 'DuringExecution'];

function resolved(one: Schema): Schema {
  if (one.$ref === undefined) return one;
  const keys = one.$ref.split('/').slice(1);
  return keys.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], schema) as Schema;
}

/** The paths that the schema knows, as deep as values.yaml goes: to a map's keys, and not into lists. */
function schemaPaths(one: Schema, path: readonly string[] = []): readonly string[] {
  const { properties } = resolved(one);
  if (properties === undefined || path.at(-1) === 'affinity') return [path.join('.')];
  return Object.entries(properties).flatMap(([key, inner]) => schemaPaths(inner, [...path, key]));
}

/** What may hold anything, by the way to it. */
function openObjects(one: Schema, path: string): readonly string[] {
  const { type, properties = {}, additionalProperties, items, anyOf = [] } = resolved(one);
  const inner = [
    ...Object.entries(properties).flatMap(([key, value]) => openObjects(value, `${path}.${key}`)),
    ...(items ? openObjects(items, `${path}[]`) : []),
    ...(typeof additionalProperties === 'object' ? openObjects(additionalProperties, `${path}{}`) : []),
    ...anyOf.flatMap((value) => openObjects(value, path)),
  ];
  const isObject = type === 'object' || (Array.isArray(type) && type.includes('object'));
  return isObject && (additionalProperties === undefined || additionalProperties === true)
    ? [path, ...inner]
    : inner;
}

test('the README and the definition of ProductRestock are up to date: else run make reference', async () => {
  for (const [path, wanted] of await derivedFiles()) expect(await readFile(path, 'utf8'), path).toBe(wanted);
});

test('every value is described, in a sentence', () => {
  const rows = describedValues(values).flatMap((section) => section.rows);
  for (const { path, description } of rows) expect.soft(description, path).toMatch(/^[A-Z`].*\.$/);
});

test('the schema knows the values that there are, and no others', () => {
  const known = schemaPaths(schema).filter((path) => path !== 'global' && !path.startsWith('workloads.'));
  const there = leafPaths(parse(values)).filter((path) => !path.startsWith('workloads.'));
  const root = (path: string) => known.find((one) => path === one || path.startsWith(`${one}.`)) ?? path;
  // Resources are a map in the values, of which only some keys are set.
  const comparable = (path: string) => path.replace(/(resources)\..*$/i, '$1');
  expect(new Set(there.map(root).map(comparable))).toEqual(new Set(known.map(comparable)));
});

test('of each process everything can be set that can be set for all', () => {
  const { defaults, workloads } = schema.properties ?? {};
  const all = resolved(defaults ?? {}).properties;
  const processes = resolved(workloads ?? {}).properties ?? {};
  expect(Object.keys(processes)).toEqual(Object.keys((parse(values) as { workloads: object }).workloads));
  for (const [name, one] of Object.entries(processes)) {
    const { enabled, ...settings } = resolved(one).properties ?? {};
    expect(enabled).toEqual({ type: 'boolean' });
    expect(settings, name).toEqual(all);
  }
});

test('the schema is closed', () => {
  const found = openObjects(schema, '').filter((path) => !open.some((part) => path.includes(part)));
  expect(found).toEqual([]);
});
