import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

export const repository = resolve(import.meta.dirname, '../../..');

/** A file of the repository, by its path from the root. */
export async function readText(path: string): Promise<string> {
  return await readFile(join(repository, path), 'utf8');
}

/** The same as YAML, with merge keys, which compose files use. What is in it is the caller's to know. */
export async function readYaml(path: string): Promise<unknown> {
  return parse(await readText(path), { merge: true });
}
