import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
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
  for (const word of ['up', 'down', 'reset', 'logs', 'TRADEWIND_PORT_OFFSET', 'TRADEWIND_KUBECONFIG'])
    expect(help).toContain(word);
});

test('down is no error when nothing runs, and takes no other process for a platform', async () => {
  expect(await local('down')).toBe('Tradewind is not running.\n');
  await writeFile(join(dir, 'up.json'), JSON.stringify({ pid: process.pid, url: '' }));
  expect(await local('down')).toBe('Tradewind is not running.\n');
});

test('reset removes the data', async () => {
  await mkdir(join(dir, 'data'));
  expect(await local('reset', '--yes')).toBe(`Removed what Tradewind kept in ${dir}.\n`);
  await expect(stat(dir)).rejects.toThrow('ENOENT');
});

test('reset removes what a platform has written until its end too', async () => {
  const late = `process.once('SIGTERM', () => { fs.writeFileSync('${join(dir, 'secrets.json')}', ''); process.exit(); });`;
  const args = ['-e', `${late} setInterval(() => {}, 1000); console.log('up')`, 'services/local/src/main.ts'];
  const platform = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(platform.stdout, 'data');
  await writeFile(join(dir, 'up.json'), JSON.stringify({ pid: platform.pid, url: '' }));
  await local('reset', '--yes');
  await expect(stat(dir)).rejects.toThrow('ENOENT');
});

test('reset leaves what is not of the platform, whatever folder it is told', async () => {
  await mkdir(join(dir, 'data'));
  for (const file of ['kubeconfig', 'kubectl', 'profile.json']) await writeFile(join(dir, file), '');
  await writeFile(join(dir, 'mine.txt'), 'precious');
  await local('reset', '--yes');
  expect(await readdir(dir)).toEqual(['mine.txt']);
  expect(await local('reset', '--yes')).toBe(`There is nothing to remove in ${dir}.\n`);
});

test('reset removes nothing where it cannot ask and was not told not to', async () => {
  await mkdir(join(dir, 'data'));
  await expect(local('reset')).rejects.toMatchObject({ code: 1 });
  expect(await readdir(dir)).toEqual(['data']);
});

test.each([
  ['60000', /not one of 1 to 65535: set/],
  ['2000', /Browsers refuse port 10080 \(gateway\): set PORT/],
])('up refuses ports that cannot serve: an offset of %s', async (offset, message) => {
  const env = { ...process.env, TRADEWIND_DIR: dir, TRADEWIND_PORT_OFFSET: offset };
  const attempt = run(process.execPath, [main, 'up'], { env });
  await expect(attempt).rejects.toMatchObject({ code: 1, stdout: expect.stringMatching(message) as string });
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
