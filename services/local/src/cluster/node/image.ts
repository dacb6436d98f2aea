import { createHash } from 'node:crypto';
import { copyFile, link, mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, removeFolder } from '../../files.ts';
import { buildImage, removeImage } from '../../images/buildah.ts';
import { imagesFolder, lockImages } from '../../images/staging.ts';
import { builtPath, versionOf } from '../../kubernetes/index.ts';
import { configDir } from './place.ts';

/** What the manifests in k8s/one-node name. */
export const nodeImage = 'localhost/tradewind-node:1';

/** What is in the image, beside a shell. */
export const imageBinaries = ['pause', 'coredns', 'traefik', 'local-path-provisioner'] as const;

const busybox = '/bin/busybox';
const shellCommands = ['sh', 'cat', 'httpd', 'mkdir', 'rm', 'wget'];

/**
 * The path of a docker archive with the image of the node's own pods, built the first time.
 *
 * @param binaries the folder where the binaries were built
 */
export async function nodeImageArchive(binaries: string, print: (line: string) => void): Promise<string> {
  const dockerfile = join(configDir, 'Containerfile');
  const content = [
    await readFile(dockerfile, 'utf8'),
    ...imageBinaries.map((name) => `${name} ${versionOf(name)}`),
    ...shellCommands,
  ];
  const hash = createHash('sha256').update(content.join('\n')).digest('hex').slice(0, 12);
  const archive = join(imagesFolder(), `tradewind-node-${hash}.tar`);
  if (await exists(archive)) return archive;
  print('cluster: building the image of its own pods');
  await using stack = new AsyncDisposableStack();
  stack.use(await lockImages(print));
  const staging = stack.adopt(`${archive}.files`, removeFolder);
  // From a build that was given up.
  await removeFolder(staging);
  const bin = join(staging, 'bin');
  await mkdir(bin, { recursive: true });
  for (const name of imageBinaries) await link(builtPath(name, binaries), join(bin, name));
  await copyFile(busybox, join(bin, 'busybox'));
  for (const name of shellCommands) await symlink('busybox', join(bin, name));
  await buildImage({ context: staging, dockerfile, tag: nodeImage, archive });
  // The archive is all that is wanted.
  await removeImage(nodeImage);
  return archive;
}
