import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Cluster } from '@tradewind/local/cluster';
import { type ReleaseName, secretValue, type Values } from '@tradewind/local/deployment';
import { installDefinitions } from '@tradewind/local/kubernetes';
import type { TlsFiles } from '@tradewind/shared/tls';

const definitions = resolve(import.meta.dirname, '../../../k8s/crd');
const definition = 'customresourcedefinition/productrestocks.inventory.tradewind.dev';
const one = { replicas: 1 };

/** All of the platform with TLS, as small as can be, beside other releases of the cluster. */
export const valuesWithTls = ({ namespace }: ReleaseName): Values => ({
  tls: { enabled: true },
  crds: { install: false },
  restocks: { watchNamespace: namespace, roles: false },
  workloads: { gateway: one, user: one, inventory: one, order: one },
});

/** The definition of ProductRestock, which may be another release's and is then left as it is. */
export async function ensureDefinition({ kubectl }: Cluster): Promise<void> {
  const found = await kubectl('get', definition, '--ignore-not-found', '--output=name');
  if (found === '') await installDefinitions(kubectl, definitions);
}

/** A release's certificate as its processes have it mounted. Disposing of it removes the files. */
export async function certificateFiles(
  cluster: Cluster,
  release: ReleaseName,
): Promise<TlsFiles & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'tradewind-tls-'));
  const file = async (name: string) => {
    const path = join(folder, name);
    await writeFile(path, await secretValue(cluster, release, '-tls', name), { mode: 0o600 });
    return path;
  };
  return {
    authority: await file('ca.crt'),
    certificate: await file('tls.crt'),
    key: await file('tls.key'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
