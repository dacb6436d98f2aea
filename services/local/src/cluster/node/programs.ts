import { join } from 'node:path';
import { apiServerCore, etcdArguments } from '../../kubernetes/command-lines.ts';
import { type Credentials, keyPairFiles } from '../../kubernetes/credentials.ts';
import type { Command } from '../../processes/child.ts';
import { configDir, nodeAddress, nodeName, type Place } from './place.ts';

/** What a node runs beside containerd, which comes from the machine. */
export const nodePrograms = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
] as const;
export type NodeProgram = (typeof nodePrograms)[number] | 'containerd';

export const etcdPort = 2379;
const apiServerPort = 6443;

/** The command lines of a node, whose binaries are at `paths`. */
export function nodeCommands(
  place: Place,
  paths: Readonly<Record<NodeProgram, string>>,
  credentials: Credentials,
): Readonly<Record<NodeProgram, Command>> {
  const args: Readonly<Record<NodeProgram, readonly string[]>> = {
    containerd: [`--config=${configDir}/containerd.toml`],
    etcd: etcdArguments('/var/lib/etcd', etcdPort, credentials),
    'kube-apiserver': apiServerArguments(place, credentials),
    'kube-controller-manager': [
      ...asUser(place, 'kube-controller-manager'),
      `--root-ca-file=${credentials.authority}`,
      `--service-account-private-key-file=${credentials.serviceAccountKey}`,
      '--use-service-account-credentials',
      '--flex-volume-plugin-dir=/var/lib/kubelet/volume-plugins',
    ],
    'kube-scheduler': asUser(place, 'kube-scheduler'),
    kubelet: [
      `--config=${configDir}/kubelet.yaml`,
      `--kubeconfig=${kubeconfig(place, 'kubelet')}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${nodeAddress}`,
    ],
    'kube-proxy': [`--config=${configDir}/kube-proxy.yaml`, `--hostname-override=${nodeName}`],
  };
  const commands = Object.entries(paths).map(([name, file]) => [
    name,
    { file, args: args[name as NodeProgram] },
  ]);
  return Object.fromEntries(commands) as Record<NodeProgram, Command>;
}

function apiServerArguments(place: Place, credentials: Credentials): string[] {
  const pki = join(place.own, 'pki');
  const kubeletClient = keyPairFiles(pki, 'kubelet-client');
  return [
    ...apiServerCore(apiServerPort, etcdPort, pki, credentials),
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    `--advertise-address=${nodeAddress}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--allow-privileged',
    `--kubelet-certificate-authority=${credentials.authority}`,
    `--kubelet-client-certificate=${kubeletClient.certificate}`,
    `--kubelet-client-key=${kubeletClient.key}`,
    // Nothing resolves the node's name.
    '--kubelet-preferred-address-types=InternalIP',
  ];
}

function asUser(place: Place, name: NodeProgram): string[] {
  return [`--kubeconfig=${kubeconfig(place, name)}`, '--leader-elect=false', '--bind-address=127.0.0.1'];
}

function kubeconfig(place: Place, name: NodeProgram): string {
  return join(place.own, `${name}.kubeconfig`);
}
