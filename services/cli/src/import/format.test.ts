import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { detectFormat } from './format.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tradewind-format-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function detect(text: string): Promise<string> {
  const file = join(folder, 'catalogue');
  await writeFile(file, text);
  return await detectFormat(file);
}

it.each([
  ['\uFEFF  [\n{}]', 'json'],
  ['{"sku": "A"}\n{"sku": "B"}', 'ndjson'],
  ['', 'ndjson'],
  ['\uFEFF"Handle","Title","Variant Price"\r\n', 'shopify'],
  ['name   ,slug  ,optionGroups ,sku  \n', 'vendure'],
])('recognises %j', async (text, format) => {
  expect(await detect(text)).toBe(format);
});

it('refuses a file that it does not know, and shows how it begins', async () => {
  await expect(detect('id;label\n1;2')).rejects.toThrow('begins with "id;label"');
});
