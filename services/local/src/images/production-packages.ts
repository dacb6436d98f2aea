import { lstat, readFile, realpath } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** A package as npm installed it. */
export interface InstalledPackage {
  /** Where it is found, below the repository: a folder, or for a workspace a link. */
  readonly place: string;
  /** Where it really is, below the repository. */
  readonly folder: string;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/**
 * The packages that a workspace needs to run, workspaces among them: it follows dependencies as Node.js resolves them in
 * what is installed, and leaves out what serves development only.
 */
export async function productionPackages(
  repository: string,
  workspace: string,
): Promise<readonly InstalledPackage[]> {
  const found = new Map<string, InstalledPackage>();
  const unread = [workspace];
  for (let folder = unread.pop(); folder !== undefined; folder = unread.pop()) {
    const { needed, welcome } = dependenciesOf(await readManifest(join(repository, folder)));
    for (const name of [...needed, ...welcome]) {
      const one = await resolve(repository, folder, name);
      if (one === undefined && needed.includes(name))
        throw new Error(`${name}, which ${folder} needs, is not installed`);
      if (one === undefined || found.has(one.place)) continue;
      found.set(one.place, one);
      unread.push(one.folder);
    }
  }
  return [...found.values()].sort((one, other) => (one.place < other.place ? -1 : 1));
}

function dependenciesOf(manifest: Manifest): { needed: readonly string[]; welcome: readonly string[] } {
  const {
    dependencies = {},
    optionalDependencies = {},
    peerDependencies = {},
    peerDependenciesMeta = {},
  } = manifest;
  const welcome = Object.keys(optionalDependencies);
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  // npm lists optional ones among the dependencies too.
  return {
    needed: [...Object.keys(dependencies), ...peers].filter((name) => !welcome.includes(name)),
    welcome,
  };
}

async function resolve(
  repository: string,
  from: string,
  name: string,
): Promise<InstalledPackage | undefined> {
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, 'node_modules', name);
    const status = await lstat(join(repository, place)).catch(() => undefined);
    if (status?.isSymbolicLink()) return { place, folder: await linked(repository, place) };
    if (status !== undefined) return { place, folder: place };
    if (folder === '.') return undefined;
  }
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

async function linked(repository: string, place: string): Promise<string> {
  return relative(await realpath(repository), await realpath(join(repository, place)));
}
