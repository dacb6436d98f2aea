import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stage } from './stage.ts';

/** Whom a controller is by a token in a file, which the kubelet writes in a pod. */
export interface ServiceAccount {
  readonly tokenFile: string;
  /** Makes the token worthless; the API server finds out within seconds. */
  readonly revoke: () => Promise<void>;
  /** Writes a good token into the file. */
  readonly renew: () => Promise<void>;
}

/** Creates a service account that may do everything in its namespace. */
export async function bindServiceAccount(
  { admin, kubernetes }: Stage,
  namespace: string,
): Promise<ServiceAccount> {
  const name = 'controller';
  const tokenFile = join(kubernetes.dir, `${namespace}.token`);
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const create = async () => {
    await admin.request({ method: 'POST', path: accounts, body: { metadata: { name } } });
  };
  const renew = async () => {
    const { status } = await admin.request<{ readonly status: { readonly token: string } }>({
      method: 'POST',
      path: `${accounts}/${name}/token`,
      body: { spec: { expirationSeconds: 3600 } },
    });
    await writeFile(tokenFile, status.token, { mode: 0o600 });
  };
  await create();
  await admin.request({
    method: 'POST',
    path: `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`,
    body: {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  });
  await renew();
  return {
    ...{ tokenFile, renew },
    revoke: async () => {
      // A token is of one account, and not of the next that has its name.
      await admin.request({ method: 'DELETE', path: `${accounts}/${name}` });
      await create();
    },
  };
}
