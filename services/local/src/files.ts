import { rm, stat } from 'node:fs/promises';

/** True when something is there, whatever it is. */
export async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

/** Removes a folder with all that is in it. It is no error when there is none. */
export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
