import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a runtime reads of an image beside its files. */
export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly WorkingDir: string;
  readonly Entrypoint: readonly string[];
  readonly StopSignal: string;
  readonly Labels: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An image, unpacked. Disposing of it removes it. */
export interface Image extends AsyncDisposable {
  /** The folder that is its root. */
  readonly root: string;
  readonly config: ImageConfig;
  /** Runs a command in it as the cluster would: as the image's user, with its environment, on a read-only root. */
  run(command: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome>;
}

interface Entry {
  readonly Config: string;
  readonly Layers: readonly string[];
}

/** Unpacks a docker archive. Running what is in it takes root, for namespaces of its own. */
export async function openImage(archive: string): Promise<Image> {
  const folder = await mkdtemp(join(tmpdir(), 'tradewind-image-'));
  const [parts, root] = [join(folder, 'parts'), join(folder, 'root')];
  for (const path of [parts, root]) await mkdir(path);
  await run('tar', ['--extract', '--file', archive, '--directory', parts]);
  const parsed = async (name: string) => JSON.parse(await readFile(join(parts, name), 'utf8')) as unknown;
  const [entry] = (await parsed('manifest.json')) as [Entry];
  for (const layer of entry.Layers) {
    await run('tar', [
      '--extract',
      '--preserve-permissions',
      '--file',
      join(parts, layer),
      '--directory',
      root,
    ]);
  }
  const { config } = (await parsed(entry.Config)) as { config: ImageConfig };
  await rm(parts, { recursive: true });
  return {
    root,
    config,
    run: (command, env = {}) => runInside(root, config, command, env),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The mounts are gone with the namespace. */
const container = `
mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" &&
mount -t tmpfs -o mode=1777 tmpfs "$1/tmp" && mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" || exit 125
root=$1 user=$2; shift 2
exec /usr/sbin/chroot --userspec="$user" "$root" "$@"`;

async function runInside(
  root: string,
  { User, Env }: ImageConfig,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const own = Env.map((variable) => variable.split(/=(.*)/s, 2));
  const options = { env: { ...(Object.fromEntries(own) as Record<string, string>), ...env } };
  const args = ['--mount', '--pid', '--fork', '--kill-child', '/bin/sh', '-c', container, 'sh', root, User];
  return await run('unshare', [...args, ...command], options).then(
    (said) => ({ ...said, code: 0 }),
    (error: unknown) => error as Outcome,
  );
}
