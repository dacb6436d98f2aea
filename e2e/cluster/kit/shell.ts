import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Cluster } from '@tradewind/local/cluster';
import { findBinaries, findKubectl } from '@tradewind/local/kubernetes';

const run = promisify(execFile);

/** A shell of an operator, in a folder of its own. */
export interface Shell extends AsyncDisposable {
  /** Runs commands until the first that fails, and rejects with what it said then. */
  readonly run: (commands: string, env?: Readonly<Record<string, string>>) => Promise<void>;
}

/** kubectl and Helm in it are at the namespace of a cluster. */
export async function openShell(cluster: Cluster, namespace: string): Promise<Shell> {
  const folder = await mkdtemp(join(tmpdir(), 'tradewind-shell-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await copyFile(cluster.kubeconfig, kubeconfig);
  const kubectl = await findKubectl(kubeconfig);
  await kubectl('config', 'set-context', '--current', `--namespace=${namespace}`);
  const binaries = await findBinaries(['kubectl', 'helm']);
  const folders = Object.values(binaries).map((path) => dirname(path));
  const PATH = [...folders, process.env['PATH'] ?? ''].join(':');
  return {
    run: async (commands, env = {}) => {
      const options = { cwd: folder, env: { ...process.env, PATH, KUBECONFIG: kubeconfig, ...env } };
      await run('bash', ['-euo', 'pipefail', '-c', commands], options);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The commands of a page, in its order. */
export async function commandsIn(page: string): Promise<readonly string[]> {
  const text = await readFile(page, 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands = '']) => commands);
}
