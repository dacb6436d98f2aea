import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const baseline = join(root, 'proto/baseline.binpb');

let copy: string;

beforeEach(async () => {
  copy = await mkdtemp(join(tmpdir(), 'tradewind-proto-'));
  await cp(join(root, 'buf.yaml'), join(copy, 'buf.yaml'));
  for (const folder of ['tradewind', 'google']) {
    await cp(join(root, 'proto', folder), join(copy, 'proto', folder), { recursive: true });
  }
});

afterEach(async () => {
  await rm(copy, { recursive: true });
});

/** What buf finds wrong in the copy; empty when all is well. */
async function buf(...args: readonly string[]): Promise<string> {
  return await run(join(root, 'node_modules/.bin/buf'), args, { cwd: copy }).then(
    ({ stdout }) => stdout,
    (error: unknown) => (error as { readonly stdout: string }).stdout,
  );
}

async function edit(file: string, from: string, to: string): Promise<void> {
  const path = join(copy, 'proto/tradewind', file);
  const text = await readFile(path, 'utf8');
  expect(text).toContain(from);
  await writeFile(path, text.replace(from, to));
}

test('the contracts are well-formed, and fit the released ones', async () => {
  expect(await buf('lint')).toBe('');
  expect(await buf('breaking', '--against', baseline)).toBe('');
});

test('a field that is removed breaks the contract', async () => {
  await edit('events/v1/events.proto', '  string user_id = 3;\n', '');
  expect(await buf('breaking', '--against', baseline)).toContain('Previously present field "3"');
});

test('a field that is renamed breaks the contract, since events are JSON', async () => {
  await edit('events/v1/events.proto', 'int32 quantity = 2;', 'int32 units = 2;');
  expect(await buf('breaking', '--against', baseline)).toContain('changed option "json_name"');
});

test('a field that is added does not', async () => {
  await edit(
    'events/v1/events.proto',
    '  string user_id = 3;\n',
    '  string user_id = 3;\n  string channel = 4;\n',
  );
  expect(await buf('breaking', '--against', baseline)).toBe('');
});
