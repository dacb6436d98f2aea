import { mkdir, mkdtemp, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exists, removeFolder } from '../files.ts';
import { SetupError } from '../setup-error.ts';
import { explainBuildError } from './build-errors.ts';
import { holdLock } from './build-lock.ts';
import { findGo, type Go } from './go.ts';
import { runGo } from './run-go.ts';
import { type BuiltName, linkerFlags, sources, versionOf } from './versions.ts';

const modules = join(import.meta.dirname, 'modules');
const stagingPrefix = '.build-';

export interface BuildOptions {
  /** Where what was built is kept, for all clones together. */
  readonly folder: string;
  /** Receives a line now and then while the build runs. */
  readonly report?: (line: string) => void;
  /** The Go command that is tried first; by default the one on PATH. */
  readonly go?: string;
  /** Gives the build up: at once, and with nothing left behind. */
  readonly signal?: AbortSignal | undefined;
}

/** Where a built binary is, or would be. */
export function builtPath(binary: BuiltName, folder: string): string {
  return join(folder, versionOf(binary), binary);
}

/**
 * Builds binaries from Go modules, whose checksums are in go.sum, unless they were built before: some minutes, at the
 * lowest priority. Each is renamed into its place when it is complete, so that a build that dies leaves nothing that a
 * later one would take for whole.
 *
 * @throws SetupError when this machine cannot build them; the message says what to do. The reason of `signal`.
 */
export async function buildBinaries(binaries: readonly BuiltName[], options: BuildOptions): Promise<void> {
  const { folder, report = () => undefined, signal } = options;
  const [first] = await missing(binaries, folder);
  if (first === undefined) return;
  try {
    await mkdir(folder, { recursive: true });
    await using stack = new AsyncDisposableStack();
    const told = () => {
      report(`${first}: waiting for another process that builds`);
    };
    stack.use(await holdLock(join(folder, 'build.lock'), told, signal));
    const stillMissing = await missing(binaries, folder);
    if (stillMissing.length === 0) return;
    await removeAbandoned(folder);
    const staging = stack.adopt(await mkdtemp(join(folder, stagingPrefix)), removeFolder);
    const go = stack.use(
      await findGo({ folder, cachesDir: join(staging, 'caches'), go: options.go, report, signal }),
    );
    for (const binary of stillMissing) await build(binary, go, staging, options);
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof SetupError ? error : explainBuildError(error, first, folder);
  }
}

async function build(
  binary: BuiltName,
  go: Go,
  staging: string,
  { folder, report = () => undefined, signal }: BuildOptions,
): Promise<void> {
  report(`${binary}: building it from source, once; that takes some minutes`);
  const output = join(staging, binary);
  const target = builtPath(binary, folder);
  const flags = ['-v', '-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags', linkerFlags(binary)];
  try {
    await runGo(go, {
      args: ['build', ...flags, '-o', output, sources[binary].package],
      folder: join(modules, sources[binary].module),
      workDir: staging,
      onProgress: (packages, seconds) => {
        report(`${binary}: ${packages} packages after ${seconds} s`);
      },
      signal,
    });
  } catch (error) {
    throw explainBuildError(error, binary, folder);
  }
  await mkdir(dirname(target), { recursive: true });
  await rename(output, target);
  report(`${binary}: built`);
}

async function missing(binaries: readonly BuiltName[], folder: string): Promise<BuiltName[]> {
  const found = await Promise.all(binaries.map((binary) => exists(builtPath(binary, folder))));
  return binaries.filter((_binary, index) => found[index] === false);
}

/** Only the holder of the lock gets here, so whatever else is staged was abandoned. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(stagingPrefix)) await removeFolder(join(folder, name));
  }
}
