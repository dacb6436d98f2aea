import { join, resolve } from 'node:path';
import { SetupError } from '../../setup-error.ts';

/** The node's name, and its address on a cable of its own to this machine. */
export const nodeName = 'tradewind';
export const nodeAddress = '10.250.0.2';

/** Configuration and manifests that are the same on every machine. */
export const configDir = resolve(import.meta.dirname, '../../../../../k8s/one-node');

/** Where a node keeps what it writes. The node itself sees `lib` as /var/lib, and `log` as /var/log. */
export interface Place {
  readonly dir: string;
  readonly lib: string;
  readonly log: string;
  /** Credentials and configuration of the node's programs; /var/lib/node for itself. */
  readonly own: string;
  readonly kubeconfig: string;
}

export function placeIn(dir: string): Place {
  const lib = join(dir, 'lib');
  return { dir, lib, log: join(dir, 'log'), own: join(lib, 'node'), kubeconfig: join(dir, 'kubeconfig') };
}

/** In their place a node has folders of its own. */
const hidden = ['/run/', '/var/lib/', '/var/log/'];

/**
 * @throws SetupError when something that a node needs is where it cannot see it
 */
export function checkVisible(paths: readonly string[]): void {
  const path = paths.find((one) => hidden.some((folder) => one.startsWith(folder)));
  if (path === undefined) return;
  throw new SetupError(
    `${path} cannot be seen in a node, which has its own ${hidden.join(', ')}: move the repository, or set TRADEWIND_DIR and XDG_CACHE_HOME.`,
  );
}
