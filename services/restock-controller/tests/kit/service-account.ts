import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kubernetes } from '@tradewind/local/kubernetes';
import type { Api } from '../../src/runtime/api-client.ts';
import { directConfig } from './fault-proxy.ts';

interface TokenRequest {
  readonly status: { readonly token: string };
}

/** Writes a kubeconfig by which a client is a service account, as a pod of it is. Returns the file. */
export async function serviceAccountKubeconfig(
  api: Api,
  kubernetes: Kubernetes,
  namespace: string,
  name: string,
): Promise<string> {
  const { status } = await api.request<TokenRequest>({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 7200 } },
  });
  const cluster = directConfig(kubernetes.kubeconfig).getCurrentCluster();
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: cluster?.server, 'certificate-authority-data': cluster?.caData } }],
    users: [{ name, user: { token: status.token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    'current-context': name,
  };
  const file = join(kubernetes.dir, `${namespace}-${name}.kubeconfig`);
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}
