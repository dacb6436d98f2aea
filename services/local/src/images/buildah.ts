import { execFile } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../servers/cache-folder.ts';
import { SetupError } from '../setup-error.ts';

const run = promisify(execFile);
/** buildah names every step on its standard error. */
const maxBuffer = 64 * 1024 * 1024;

export interface ImageBuild {
  /** The folder that COPY copies from. */
  readonly context: string;
  /** The Dockerfile; by default the one in the context. */
  readonly dockerfile?: string;
  /** The whole name, such as `localhost/tradewind:1`. */
  readonly tag: string;
  /** Where the image is written as a docker archive. Without it, it is only there for builds that begin with it. */
  readonly archive?: string | undefined;
  /** Values of its ARGs. */
  readonly args?: Readonly<Record<string, string>>;
  /** Folders by the name that COPY --from gives them; they take the place of stages. */
  readonly contexts?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Builds an image with buildah, which needs neither a daemon nor a registry, and replaces the archive when it is whole.
 *
 * @throws SetupError when this machine cannot; the message says what to do. The reason of `signal`.
 */
export async function buildImage(build: ImageBuild): Promise<void> {
  const { context, dockerfile = join(context, 'Dockerfile'), tag, archive, args = {}, contexts = {} } = build;
  if (process.getuid?.() !== 0)
    throw new SetupError('Only root can build images without Docker: start Docker, or become root.');
  const pairs = (option: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values).flatMap(([name, value]) => [option, `${name}=${value}`]);
  const bud = [
    ...['bud', '--quiet', '--isolation', 'chroot', '--format', 'docker', '--pull-never', '--layers=false'],
    ...pairs('--build-arg', args),
    ...pairs('--build-context', contexts),
    ...['--file', dockerfile, '--tag', tag, context],
  ];
  await buildah(bud, build.signal);
  if (archive === undefined) return;
  await mkdir(dirname(archive), { recursive: true });
  const staging = `${archive}.new`;
  // It adds to an archive that is there.
  await rm(staging, { force: true });
  await buildah(['push', '--quiet', tag, `docker-archive:${staging}:${tag}`], build.signal);
  await rename(staging, archive);
}

/** Forgets an image that was built. Archives stay. */
export async function removeImage(tag: string): Promise<void> {
  await buildah(['rmi', '--force', tag]);
}

async function buildah(args: readonly string[], signal?: AbortSignal): Promise<void> {
  const store = join(cacheFolder(), 'images', 'store');
  const places = ['--root', join(store, 'root'), '--runroot', join(store, 'run'), '--storage-driver', 'vfs'];
  try {
    await run('buildah', [...places, ...args], { maxBuffer, signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw explained(error);
  }
}

function explained(error: unknown): SetupError {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
    return new SetupError(
      'buildah is missing, and no Docker engine answers: apt-get install --no-install-recommends buildah, or start Docker.',
    );
  const text = error instanceof Error ? error.message : String(error);
  return new SetupError(`The image could not be built: ${text.trim().split('\n').at(-1) ?? ''}`, {
    cause: error,
  });
}
