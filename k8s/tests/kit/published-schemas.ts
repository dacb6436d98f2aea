import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv, type SchemaObject } from 'ajv';
import { repository } from './repository.ts';

const folder = join(repository, '../shared/data/schemas');

/** The schemas that the tools' authors publish lie beside the repository, where there are any. */
export const havePublishedSchemas = existsSync(folder);
export const publishedSchemasNote = havePublishedSchemas
  ? ''
  : ' (skipped: there is no ../shared/data beside this repository)';

export async function readPublishedSchema(name: string): Promise<SchemaObject> {
  return JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')) as SchemaObject;
}

/** What is wrong with a document, as `path: reason`; nothing if it is valid. Formats are not looked at. */
export function problemsOf(document: unknown, schema: SchemaObject): readonly string[] {
  // All schemas are draft 7, and some call it by an address that nobody knows: so they are not checked themselves.
  const ajv = new Ajv({ strict: false, validateFormats: false, validateSchema: false, allErrors: true });
  const validate = ajv.compile(schema);
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message ?? ''}`);
}
