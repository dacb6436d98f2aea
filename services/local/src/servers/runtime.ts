import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SetupError } from '../setup-error.ts';
import { type DownloadOptions, downloadServer } from './download.ts';
import type { ServerName } from './wheels.ts';

const run = promisify(execFile);

/** What runs a server: an executable of this machine, or a container image. */
export type Runtime =
  | { readonly kind: 'executable'; readonly path: string }
  | { readonly kind: 'container'; readonly image: string };

export interface RuntimeOptions extends DownloadOptions {
  /** Prefer a container to a download, where a Docker engine answers. */
  readonly containers?: boolean;
}

const leastVersions: Readonly<Record<ServerName, readonly [major: number, minor: number]>> = {
  mongod: [6, 0],
  'redis-server': [6, 2],
  'nats-server': [2, 10],
};

/** In the versions of the wheels, which take up the same data on a day without Docker: servers read no newer format. */
export const images: Readonly<Record<ServerName, string>> = {
  mongod: 'mongo:6.0',
  'redis-server': 'redis:6.2-alpine',
  'nats-server': 'nats:2.15-alpine',
};

/**
 * Finds what can run a server: on PATH in a sufficient version, else a container if asked for, else a download.
 *
 * @throws SetupError when there is nothing; the message says what to do. The reason of `options.signal`.
 */
export async function findRuntime(server: ServerName, options: RuntimeOptions = {}): Promise<Runtime> {
  if (isSufficient(server, await versionOf(server))) return { kind: 'executable', path: server };
  const image = images[server];
  if (options.containers === true && (await hasImage(image, options))) return { kind: 'container', image };
  const path = await downloadServer(server, options);
  await run(path, ['--version']).catch((error: unknown) => {
    throw new SetupError(cannotRun(server, String(error)), { cause: error });
  });
  return { kind: 'executable', path };
}

/** True when the output of `--version` names a version that Tradewind works with. */
export function isSufficient(server: ServerName, output: string): boolean {
  const [, major, minor] = /v=?(\d+)\.(\d+)/.exec(output) ?? [];
  if (major === undefined) return false;
  const [leastMajor, leastMinor] = leastVersions[server];
  return Number(major) > leastMajor || (Number(major) === leastMajor && Number(minor) >= leastMinor);
}

/** The line for a downloaded server that does not start. */
export function cannotRun(server: ServerName, error: string): string {
  const library = /(lib[\w.+-]+\.so[.\d]*)/.exec(error)?.[1];
  if (library === undefined)
    return `The downloaded ${server} does not run here: install ${server}, or start Docker.`;
  const hint = library.startsWith('libcurl') ? 'apt-get install libcurl4' : `install the package that has it`;
  return `The downloaded ${server} needs ${library}: ${hint}, or install ${server}, or start Docker.`;
}

async function versionOf(server: ServerName): Promise<string> {
  return await run(server, ['--version']).then(
    ({ stdout }) => stdout,
    () => '',
  );
}

/** True when a Docker engine answers (the command alone may be there without one) and has, or gets, the image. */
async function hasImage(image: string, { report, signal }: DownloadOptions): Promise<boolean> {
  const succeeds = async (...args: readonly string[]) =>
    await run('docker', args, { signal }).then(
      () => true,
      () => false,
    );
  if (!(await succeeds('info'))) return false;
  if (await succeeds('image', 'inspect', image)) return true;
  report?.(`pulling the image ${image}`);
  return await succeeds('pull', '--quiet', image);
}
