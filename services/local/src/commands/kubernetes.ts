import { buildNode } from '../cluster/index.ts';
import { type BinaryName, describeBinary, findBinaries, versionIn } from '../kubernetes/index.ts';

const names: readonly BinaryName[] = ['etcd', 'kube-apiserver', 'kubectl', 'helm'];

/**
 * Gets what an API server of this machine is made of, and Helm, which installs in it. Says of each binary its version and
 * path.
 *
 * @param node whether to build what `make cluster` needs without Docker, too
 */
export async function kubernetes(node: boolean, print: (line: string) => void): Promise<void> {
  const paths = await findBinaries(names, { report: print });
  for (const name of names) {
    const version = versionIn(await describeBinary(name, paths[name])) ?? 'unknown version';
    print(`${name} ${version} ${paths[name]}`);
  }
  if (node) await buildNode(print);
}
