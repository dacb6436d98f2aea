import { execFile } from 'node:child_process';
import { rename } from 'node:fs/promises';
import { promisify } from 'node:util';
import { SetupError } from '../setup-error.ts';
import type { ImageBuild } from './buildah.ts';

const run = promisify(execFile);

/** True when a Docker engine answers; the command alone may be there without one. */
export async function hasDocker(): Promise<boolean> {
  return await run('docker', ['info']).then(
    () => true,
    () => false,
  );
}

export interface DockerBuild extends Pick<ImageBuild, 'context' | 'tag'> {
  readonly dockerfile: string;
  readonly archive: string;
  readonly args: Readonly<Record<string, string>>;
}

/**
 * Builds an image with Docker's buildx, and replaces the archive when it is whole.
 *
 * @throws SetupError with what Docker said
 */
export async function buildWithDocker(build: DockerBuild): Promise<void> {
  const staging = `${build.archive}.new`;
  const args = Object.entries(build.args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  try {
    await run(
      'docker',
      [
        ...['buildx', 'build', '--file', build.dockerfile, '--tag', build.tag, ...args],
        ...['--output', `type=docker,dest=${staging}`, build.context],
      ],
      { maxBuffer: 64 * 1024 * 1024 },
    );
  } catch (error) {
    const said =
      error instanceof Error ? error.message.trim().split('\n').slice(-10).join('\n') : String(error);
    throw new SetupError(`Docker could not build the image:\n${said}`, { cause: error });
  }
  await rename(staging, build.archive);
}
