import { join } from 'node:path';
import { type Credentials, keyPairFiles, loadCredentials } from '../../kubernetes/credentials.ts';
import { writeKubeconfig } from '../../kubernetes/kubeconfig.ts';
import { nodeAddress, nodeName, type Place } from './place.ts';

export const apiServerUrl = `https://${nodeAddress}:6443`;

/** The users that the node's programs are to the API server. */
const users = {
  'kube-controller-manager': { commonName: 'system:kube-controller-manager' },
  'kube-scheduler': { commonName: 'system:kube-scheduler' },
  'kube-proxy': { commonName: 'system:kube-proxy' },
  kubelet: { commonName: `system:node:${nodeName}`, organization: 'system:nodes' },
} as const;

/** The first address of the services' range, which is that of the API server. */
const serviceAddress = '10.96.0.1';

/** The credentials of a node and a kubeconfig for each of its programs, made the first time. */
export async function loadNodeCredentials(place: Place): Promise<Credentials> {
  const folder = join(place.own, 'pki');
  const credentials = await loadCredentials(folder, {
    hosts: ['kubernetes.default.svc.cluster.local', serviceAddress, nodeAddress],
    further: {
      ...Object.fromEntries(Object.entries(users).map(([name, subject]) => [name, { subject }])),
      kubelet: { subject: users.kubelet, hosts: [nodeName, nodeAddress] },
      // It may do everything, since it acts for everybody who asks for logs or a shell.
      'kubelet-client': { subject: { commonName: 'kube-apiserver', organization: 'system:masters' } },
    },
  });
  const { authority, admin } = credentials;
  await writeKubeconfig(place.kubeconfig, apiServerUrl, authority, admin);
  for (const name of Object.keys(users)) {
    await writeKubeconfig(
      join(place.own, `${name}.kubeconfig`),
      apiServerUrl,
      authority,
      keyPairFiles(folder, name),
    );
  }
  return credentials;
}
