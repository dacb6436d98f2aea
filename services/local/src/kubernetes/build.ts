import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { SetupError } from '../setup-error.ts';
import { explainBuildError } from './build-errors.ts';
import { holdLock } from './build-lock.ts';
import { findGo, type Go } from './go.ts';
import { type BinaryName, etcdVersion, kubernetesVersion, linkerFlags, sources } from './versions.ts';

const modules = join(import.meta.dirname, 'modules');
const reportEveryMs = 10_000;
const stagingPrefix = '.build-';

export interface BuildOptions {
  /** Where what was built is kept, for all clones together. */
  readonly folder: string;
  /** Receives a line now and then while the build runs. */
  readonly report?: (line: string) => void;
  /** The Go command that is tried first; by default the one on PATH. */
  readonly go?: string;
}

/** Where a built binary is, or would be. */
export function builtPath(binary: BinaryName, folder: string): string {
  const version = binary === 'etcd' ? etcdVersion : kubernetesVersion;
  return join(folder, version, binary);
}

/**
 * Builds binaries from Go modules, whose checksums are in go.sum, unless they were built before: some minutes, at the
 * lowest priority. Each is renamed into its place when it is complete, so that a build that dies leaves nothing that a
 * later one would take for whole.
 *
 * @throws SetupError when this machine cannot build them; the message says what to do.
 */
export async function buildBinaries(binaries: readonly BinaryName[], options: BuildOptions): Promise<void> {
  const { folder, report = () => undefined } = options;
  const [first] = await missing(binaries, folder);
  if (first === undefined) return;
  try {
    await mkdir(folder, { recursive: true });
    await using stack = new AsyncDisposableStack();
    const told = () => {
      report(`${first}: waiting for another process that builds`);
    };
    stack.use(await holdLock(join(folder, '.lock'), told));
    const stillMissing = await missing(binaries, folder);
    if (stillMissing.length === 0) return;
    await removeAbandoned(folder);
    const staging = stack.adopt(await mkdtemp(join(folder, stagingPrefix)), removeFolder);
    const go = stack.use(
      await findGo({ folder, cachesDir: join(staging, 'caches'), go: options.go, report }),
    );
    for (const binary of stillMissing) await build(binary, go, staging, folder, report);
  } catch (error) {
    throw error instanceof SetupError ? error : explainBuildError(error, first, folder);
  }
}

async function build(
  binary: BinaryName,
  go: Go,
  staging: string,
  folder: string,
  report: (line: string) => void,
): Promise<void> {
  report(`${binary}: building it from source, once; that takes some minutes`);
  const output = join(staging, binary);
  const target = builtPath(binary, folder);
  const flags = ['-v', '-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags', linkerFlags(binary)];
  try {
    await runGo(go, ['build', ...flags, '-o', output, sources[binary].package], binary, report);
  } catch (error) {
    throw explainBuildError(error, binary, folder);
  }
  await mkdir(dirname(target), { recursive: true });
  await rename(output, target);
  report(`${binary}: built`);
}

async function missing(binaries: readonly BinaryName[], folder: string): Promise<BinaryName[]> {
  const found = await Promise.all(binaries.map((binary) => exists(builtPath(binary, folder))));
  return binaries.filter((_binary, index) => found[index] === false);
}

/** Runs Go, whose -v names each package as it is compiled. Rejects with the end of what it said. */
async function runGo(
  go: Go,
  args: readonly string[],
  binary: BinaryName,
  report: (line: string) => void,
): Promise<void> {
  const child = spawn(go.command, args, {
    cwd: join(modules, sources[binary].module),
    env: {
      ...process.env,
      ...{ CGO_ENABLED: '0', GOFLAGS: '', GOTOOLCHAIN: 'local', GOWORK: 'off' },
      ...go.environment,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const began = performance.now();
  let steps = 0;
  let said: string[] = [];
  createInterface(child.stderr).on('line', (line) => {
    steps += 1;
    said = [...said.slice(-9), line];
  });
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - began) / 1000);
    report(`${binary}: ${steps} packages after ${seconds} s`);
  }, reportEveryMs);
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        if (code === 0) resolve();
        else
          reject(new Error([`go ended with ${signal ?? `code ${code ?? 'unknown'}`}`, ...said].join('\n')));
      });
    });
  } finally {
    clearInterval(timer);
  }
}

/** Only the holder of the lock gets here, so whatever else is staged was abandoned. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(stagingPrefix)) await removeFolder(join(folder, name));
  }
}

async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
