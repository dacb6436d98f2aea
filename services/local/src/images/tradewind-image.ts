import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type AppFiles, appFiles, hashOfFiles, layOut } from './app-files.ts';
import { buildImage, removeImage } from './buildah.ts';
import { compileAhead } from './compile-ahead.ts';
import { buildDebianImage, type PlannedImage } from './debian-images.ts';
import { buildWithDocker } from './docker.ts';
import { stagingFolder } from './staging.ts';

const run = promisify(execFile);

const root = resolve(import.meta.dirname, '../../../..');
const dockerfile = join(root, 'services/Dockerfile');
const lockFile = join(root, 'package-lock.json');
const name = 'localhost/tradewind';

/** The image of this clone as it is to be. */
export interface TradewindImage {
  readonly repository: string;
  /** The version, and a hash of all that is in the image: another content is another tag. */
  readonly tag: string;
  readonly files: AppFiles;
  /** What it begins with where no registry can be had; else what the Dockerfile names. */
  readonly base: PlannedImage | undefined;
}

export async function planTradewindImage(base: PlannedImage | undefined): Promise<TradewindImage> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const files = await appFiles(root);
  const hash = createHash('sha256').update(await readFile(dockerfile));
  // Docker's build installs what the lock file says, Node.js too, and not what is installed here.
  hash.update(base?.tag ?? (await readFile(lockFile))).update(await hashOfFiles(files));
  return { repository: name, tag: `${version}-${hash.digest('hex').slice(0, 12)}`, files, base };
}

/** Builds the image, by buildah on its own base if it has one, else with Docker. */
export async function buildTradewindImage(
  { repository, tag, files, base }: TradewindImage,
  archive: string,
  report: (line: string) => void,
): Promise<void> {
  const image = { dockerfile, tag: `${repository}:${tag}`, archive, args: await labels(tag) };
  if (base === undefined) {
    await buildWithDocker({ ...image, context: root });
    return;
  }
  await using staging = await stagingFolder();
  const [context, app] = [join(staging.path, 'empty'), join(staging.path, 'app')];
  await mkdir(context);
  // Where the stage `app` of the Dockerfile has it.
  await layOut(files, join(app, 'image'));
  await compileAhead(join(app, 'image'));
  await buildDebianImage(base, undefined, report);
  const baseImage = `${base.repository}:${base.tag}`;
  const args = { ...image.args, BASE_IMAGE: baseImage };
  await buildImage({ ...image, context, args, contexts: { app } });
  for (const built of [image.tag, baseImage]) await removeImage(built);
}

async function labels(version: string): Promise<Record<string, string>> {
  const revision = await run('git', ['-C', root, 'rev-parse', 'HEAD']).then(
    ({ stdout }) => stdout.trim(),
    () => 'unknown', // The sources may have come without their history.
  );
  return { VERSION: version, REVISION: revision, CREATED: new Date().toISOString() };
}
