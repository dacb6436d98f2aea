import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { holdLock } from '../kubernetes/build-lock.ts';
import { cacheFolder } from '../servers/cache-folder.ts';

const prefix = '.staging-';

/** Where images and what they are made of are kept, for all clones together. */
export function imagesFolder(): string {
  return join(cacheFolder(), 'images');
}

/** A folder for something unfinished; it is removed with its disposal. */
export async function stagingFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  await mkdir(imagesFolder(), { recursive: true });
  const path = await mkdtemp(join(imagesFolder(), prefix));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Waits until nobody else builds images, keeps others from it until disposed of, and clears away what dead builders left. */
export async function lockImages(print: (line: string) => void): Promise<Disposable> {
  await mkdir(imagesFolder(), { recursive: true });
  const held = await holdLock(join(imagesFolder(), 'build.lock'), () => {
    print('images: waiting for another process that builds');
  });
  await removeAbandoned();
  return held;
}

async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(imagesFolder())) {
    if (name.startsWith(prefix)) await rm(join(imagesFolder(), name), { recursive: true });
  }
}
