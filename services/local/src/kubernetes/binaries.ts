import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../servers/cache-folder.ts';
import { buildBinaries, type BuildOptions, builtPath } from './build.ts';
import type { BinaryName } from './versions.ts';

const run = promisify(execFile);

/** They say "etcd Version: 3.6.16", "Kubernetes v1.34.4", "gitVersion: v1.34.4" and "v4.3.1". */
const versionArguments: Readonly<Record<BinaryName, readonly string[]>> = {
  etcd: ['--version'],
  'kube-apiserver': ['--version'],
  kubectl: ['version', '--client', '--output=yaml'],
  helm: ['version', '--short'],
};

/** Selectable fields of custom resources came with Kubernetes 1.31. kubectl may be one minor version older. */
const leastVersions: Readonly<Record<BinaryName, readonly [major: number, minor: number]>> = {
  etcd: [3, 5],
  'kube-apiserver': [1, 31],
  kubectl: [1, 30],
  helm: [3, 22],
};

/** Where the user's binaries of Kubernetes are built, for all clones together. */
export function binaryFolder(): string {
  return join(cacheFolder(), 'kubernetes');
}

export interface BinaryOptions extends Partial<BuildOptions> {
  /** Where KUBEBUILDER_ASSETS is read from; by default this process's environment. */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * The path of an executable of Kubernetes, see `findBinaries`.
 *
 * @throws SetupError when there is none and it cannot be built; the message says what to do.
 */
export async function findBinary(binary: BinaryName, options: BinaryOptions = {}): Promise<string> {
  return (await findBinaries([binary], options))[binary];
}

/**
 * The paths of executables of Kubernetes, Helm among them: from the folder that KUBEBUILDER_ASSETS names, else from
 * PATH, where they are in a sufficient version, else built from Go modules into the user's cache folder. Builds that
 * are asked for together share what is downloaded and compiled for them.
 *
 * @throws SetupError when one is missing and cannot be built; the message says what to do.
 */
export async function findBinaries<Name extends BinaryName>(
  names: readonly Name[],
  options: BinaryOptions = {},
): Promise<Record<Name, string>> {
  const { environment = process.env, folder = binaryFolder(), ...build } = options;
  const installed = new Map<Name, string>();
  for (const name of names) {
    const path = await findInstalled(name, environment['KUBEBUILDER_ASSETS']);
    if (path !== undefined) installed.set(name, path);
  }
  const others = names.filter((name) => !installed.has(name));
  await buildBinaries(others, { ...build, folder });
  const paths = names.map((name) => [name, installed.get(name) ?? builtPath(name, folder)] as const);
  return Object.fromEntries(paths) as Record<Name, string>;
}

/** True when what a binary says of its version names one that Tradewind works with. */
export function isSufficient(binary: BinaryName, output: string): boolean {
  const [major, minor] = versionIn(output)?.split('.') ?? [];
  if (major === undefined) return false;
  const [leastMajor, leastMinor] = leastVersions[binary];
  return Number(major) > leastMajor || (Number(major) === leastMajor && Number(minor) >= leastMinor);
}

/** The version, like `1.34.4`, in what a binary says of itself. */
export function versionIn(output: string): string | undefined {
  return /(?:Version: |Kubernetes v|gitVersion: v|^v)(\d+\.\d+[\w.+-]*)/.exec(output)?.[1];
}

/** What a binary says of itself at `path`; nothing where there is none that runs. */
export async function describeBinary(binary: BinaryName, path: string): Promise<string> {
  return await run(path, versionArguments[binary]).then(
    ({ stdout }) => stdout,
    () => '',
  );
}

async function findInstalled(binary: BinaryName, assets: string | undefined): Promise<string | undefined> {
  const places = assets ? [join(assets, binary), binary] : [binary];
  for (const place of places) if (isSufficient(binary, await describeBinary(binary, place))) return place;
  return undefined;
}
