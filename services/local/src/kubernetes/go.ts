import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { downloadGo } from './go-download.ts';

const run = promisify(execFile);

/** What go.mod in `modules/etcd` asks for; Kubernetes is content with less. */
const leastVersion = [1, 26] as const;

/** A Go toolchain. Disposing of it removes what it kept, if it is not the user's own. */
export interface Go extends AsyncDisposable {
  readonly command: string;
  /** What it needs beside the environment of this process. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface GoOptions {
  /** Where a downloaded toolchain is kept. */
  readonly folder: string;
  /** Where the sources and compiled packages of a downloaded toolchain are, until it is disposed of. */
  readonly cachesDir: string;
  /** The command that is tried first; by default the one on PATH. */
  readonly go?: string | undefined;
  readonly report?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The user's Go with the user's caches where it is new enough, else a downloaded one. Of that one, sources and
 * compiled packages (3 GB) are removed with its disposal.
 *
 * @throws SetupError when there is none and it cannot be downloaded; the message says what to do.
 */
export async function findGo({ folder, cachesDir, go = 'go', report, signal }: GoOptions): Promise<Go> {
  if (isSufficientGo(await versionOf(go))) {
    return { command: go, environment: {}, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const root = await downloadGo(folder, report, undefined, signal);
  const places = {
    GOPATH: join(cachesDir, 'path'),
    GOCACHE: join(cachesDir, 'compiled'),
    GOTMPDIR: join(cachesDir, 'work'),
  };
  for (const place of Object.values(places)) await mkdir(place, { recursive: true });
  return {
    command: join(root, 'bin', 'go'),
    // Go writes its module cache read-only, which would keep it from being removed.
    environment: { GOROOT: root, GOMODCACHE: join(places.GOPATH, 'mod'), ...places, GOFLAGS: '-modcacherw' },
    [Symbol.asyncDispose]: () => rm(cachesDir, { recursive: true, force: true }),
  };
}

/** True when the output of `go version` names one that etcd and Kubernetes can be built with. */
export function isSufficientGo(output: string): boolean {
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(output) ?? [];
  if (major === undefined) return false;
  const [leastMajor, leastMinor] = leastVersion;
  return Number(major) > leastMajor || (Number(major) === leastMajor && Number(minor) >= leastMinor);
}

async function versionOf(go: string): Promise<string> {
  return await run(go, ['version'], { env: { ...process.env, GOTOOLCHAIN: 'local' } }).then(
    ({ stdout }) => stdout,
    () => '',
  );
}
