import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { productionPackages } from './production-packages.ts';

/** Where the repository is in the image. */
const home = 'app';
const launcher = 'services/launcher';

/** What the image adds to its base: by path below its root, a file of this machine, or what a link says. */
export type AppFiles = ReadonlyMap<string, { readonly file: string } | { readonly link: string }>;

/** What runs of a workspace. */
const ours = /^(package\.json|LICENSE|(src|gen|samples)\/.*(?<!\.test\.ts))$/;
/** Node.js runs no TypeScript below node_modules. */
const needless = /\.([cm]?ts|map|md|markdown|flow|tsbuildinfo)$/;

/**
 * Everything that the processes and the CLI are: their workspaces, the packages that these need, as they are installed
 * in the repository, and Node.js itself. On another system than Linux, which has none for the image, Node.js is left out.
 */
export async function appFiles(repository: string, platform = process.platform): Promise<AppFiles> {
  const files = new Map<string, { file: string } | { link: string }>();
  const add = async (folder: string, wanted: (path: string) => boolean) => {
    for (const path of await filesBelow(join(repository, folder))) {
      if (wanted(path)) files.set(join(home, folder, path), { file: join(repository, folder, path) });
    }
  };
  await add(launcher, (path) => ours.test(path));
  for (const { place, folder } of await productionPackages(repository, launcher)) {
    if (place === folder) await add(folder, (path) => !needless.test(path));
    else {
      await add(folder, (path) => ours.test(path));
      files.set(join(home, place), { link: relative(dirname(place), folder) });
    }
  }
  files.set(join(home, 'LICENSE'), { file: join(repository, 'LICENSE') });
  if (platform !== 'linux') return files;
  const node = join(repository, `node_modules/node-linux-${process.arch}`, 'bin/node');
  return files.set('usr/local/bin/node', { file: node });
}

/** The same for the same files, wherever they are. */
export async function hashOfFiles(files: AppFiles): Promise<string> {
  const hash = createHash('sha256');
  for (const [path, content] of [...files].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const bytes = 'link' in content ? content.link : await readFile(content.file);
    hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

/** Lays the files out below `root`, so that every user can read them. */
export async function layOut(files: AppFiles, root: string): Promise<void> {
  for (const [path, content] of files) {
    const target = join(root, path);
    await mkdir(dirname(target), { recursive: true });
    if ('link' in content) await symlink(content.link, target);
    else {
      await copyFile(content.file, target);
      await chmod(target, ((await stat(content.file)).mode & 0o111) === 0 ? 0o644 : 0o755);
    }
  }
}

/** Paths relative to the folder. Packages that are installed inside others are no part of those. */
async function filesBelow(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    if (entry.isDirectory()) {
      for (const path of await filesBelow(join(folder, entry.name))) found.push(join(entry.name, path));
    } else found.push(entry.name);
  }
  return found;
}
