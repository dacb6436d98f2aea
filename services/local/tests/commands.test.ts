import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

const run = promisify(execFile);
const main = join(import.meta.dirname, '../src/main.ts');
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tradewind-commands-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

test('--help names the commands and the environment', async () => {
  const help = await local('--help');
  for (const word of ['up', 'down', 'reset', 'logs', 'TRADEWIND_PORT_OFFSET']) expect(help).toContain(word);
});

test('down is no error when nothing runs, and takes no other process for a platform', async () => {
  expect(await local('down')).toBe('Tradewind is not running.\n');
  await writeFile(join(dir, 'up.json'), JSON.stringify({ pid: process.pid, url: '' }));
  expect(await local('down')).toBe('Tradewind is not running.\n');
});

test('reset removes the data', async () => {
  await mkdir(join(dir, 'data'));
  expect(await local('reset', '--yes')).toBe(`Removed ${dir}.\n`);
  await expect(stat(dir)).rejects.toThrow('ENOENT');
});

test('logs names the parts that have one', async () => {
  await mkdir(join(dir, 'logs'));
  await writeFile(join(dir, 'logs/order.log'), 'one line\n');
  expect(await local('logs', 'order')).toContain('one line');
  await expect(local('logs', 'oder')).rejects.toMatchObject({
    code: 1,
    stdout: 'There is no log of "oder". There are: order.\n',
  });
});

async function local(...args: string[]): Promise<string> {
  const env = { ...process.env, TRADEWIND_DIR: dir };
  return (await run(process.execPath, [main, ...args], { env })).stdout;
}
