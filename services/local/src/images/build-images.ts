import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buildDebianImage, planDebianImage } from './debian-images.ts';
import { hasDocker } from './docker.ts';
import { imagesFolder, lockImages } from './staging.ts';
import { buildTradewindImage, planTradewindImage } from './tradewind-image.ts';

export interface ImagesOptions {
  /** Where this clone keeps what is its own. */
  readonly dir: string;
  readonly print: (line: string) => void;
}

export interface BuiltImage {
  readonly repository: string;
  readonly tag: string;
  /** The path of its docker archive. */
  readonly archive: string;
}

export interface Images {
  /** Of Tradewind's own image. */
  readonly tag: string;
  readonly archives: readonly string[];
  /** Helm values that name the images. */
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Builds what a cluster needs to run this clone: Tradewind's image, and where no Docker engine answers, so that there may
 * be no registry either, those of the data stores. What was built of the same content is taken as it is.
 *
 * @throws SetupError for what the person can put right
 */
export async function buildImages({ dir, print }: ImagesOptions): Promise<Images> {
  const docker = await hasDocker();
  await using stack = new AsyncDisposableStack();
  stack.use(await lockImages(print));
  const tradewind = await own(dir, docker, print);
  const mongodb = docker ? undefined : await store('mongodb', print);
  const nats = docker ? undefined : await store('nats', print);
  const redis = docker ? undefined : await store('redis', print);
  const stores = Object.entries({ mongodb, nats, redis }).flatMap(([name, image]) =>
    image ? [{ name, image }] : [],
  );
  return {
    tag: tradewind.tag,
    archives: [tradewind, ...stores.map(({ image }) => image)].map(({ archive }) => archive),
    values: {
      image: named(tradewind),
      ...Object.fromEntries(stores.map(({ name, image }) => [name, { image: named(image) }])),
    },
  };
}

/** Builds Tradewind's image alone, see `buildImages`. */
export async function buildTradewind({ dir, print }: ImagesOptions): Promise<BuiltImage> {
  await using stack = new AsyncDisposableStack();
  stack.use(await lockImages(print));
  return await own(dir, await hasDocker(), print);
}

async function own(dir: string, docker: boolean, print: (line: string) => void): Promise<BuiltImage> {
  const planned = await planTradewindImage(docker ? undefined : await planDebianImage('base'));
  // Each change of the sources makes a large file: only the last one is kept.
  const folder = join(dir, 'images');
  return await built(planned, folder, print, (archive) => buildTradewindImage(planned, archive, print));
}

async function store(name: 'mongodb' | 'nats' | 'redis', print: (line: string) => void): Promise<BuiltImage> {
  const planned = await planDebianImage(name);
  return await built(planned, imagesFolder(), print, (archive) => buildDebianImage(planned, archive, print));
}

async function built(
  { repository, tag }: { readonly repository: string; readonly tag: string },
  folder: string,
  print: (line: string) => void,
  build: (archive: string) => Promise<void>,
): Promise<BuiltImage> {
  const name = `${repository}:${tag}`;
  const prefix = `${repository.split('/').at(-1) ?? ''}-`;
  const archive = join(folder, `${prefix}${tag}.tar`);
  const size = await sizeOf(archive);
  if (size !== undefined) {
    print(`${name}: is there`);
    return { repository, tag, archive };
  }
  print(`${name}: building it`);
  const began = performance.now();
  await mkdir(folder, { recursive: true });
  await build(archive);
  for (const other of await readdir(folder)) {
    if (other.startsWith(prefix) && join(folder, other) !== archive) await rm(join(folder, other));
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  print(`${name}: built in ${seconds} s, ${Math.round(((await sizeOf(archive)) ?? 0) / 1e6)} MB`);
  return { repository, tag, archive };
}

/** As the chart names an image. It was loaded into the cluster: no registry has it. */
function named({ repository, tag }: BuiltImage): object {
  return { repository, tag, pullPolicy: 'IfNotPresent' };
}

async function sizeOf(file: string): Promise<number | undefined> {
  return await stat(file).then(
    ({ size }) => size,
    () => undefined,
  );
}
