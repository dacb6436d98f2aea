import type { Credentials } from './credentials.ts';

/** The arguments of etcd as the only member, on the loopback interface, for clients with a certificate. */
export function etcdArguments(dataDir: string, port: number, credentials: Credentials): string[] {
  const { certificate, key } = credentials.etcd;
  const client = `https://127.0.0.1:${port}`;
  // Nobody will ever connect as a peer, so that port may be any.
  const peer = 'http://127.0.0.1:0';
  return [
    `--data-dir=${dataDir}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--cert-file=${certificate}`,
    `--key-file=${key}`,
    '--client-cert-auth',
    `--trusted-ca-file=${credentials.etcdAuthority}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--auto-compaction-mode=periodic',
    '--auto-compaction-retention=1h',
    '--log-level=warn',
  ];
}

/** What every API server is told here: its port, its data, and whom it trusts. */
export function apiServerCore(
  port: number,
  etcdPort: number,
  certificateDir: string,
  credentials: Credentials,
): string[] {
  const { server, etcdClient, serviceAccountKey } = credentials;
  return [
    `--secure-port=${port}`,
    `--cert-dir=${certificateDir}`,
    `--tls-cert-file=${server.certificate}`,
    `--tls-private-key-file=${server.key}`,
    `--client-ca-file=${credentials.authority}`,
    `--etcd-servers=https://127.0.0.1:${etcdPort}`,
    `--etcd-cafile=${credentials.etcdAuthority}`,
    `--etcd-certfile=${etcdClient.certificate}`,
    `--etcd-keyfile=${etcdClient.key}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${serviceAccountKey}`,
    `--service-account-signing-key-file=${serviceAccountKey}`,
  ];
}

/** The arguments of an API server that nothing runs pods behind. */
export function apiServerArguments(
  port: number,
  etcdPort: number,
  certificateDir: string,
  credentials: Credentials,
): string[] {
  return [
    ...apiServerCore(port, etcdPort, certificateDir, credentials),
    '--bind-address=127.0.0.1',
    '--authorization-mode=RBAC',
    // No controller makes the default service account, which this one would wait for.
    '--disable-admission-plugins=ServiceAccount',
    '--service-cluster-ip-range=10.0.0.0/24',
    // A loopback address cannot be an endpoint of the service "kubernetes".
    '--endpoint-reconciler-type=none',
    '--advertise-address=127.0.0.1',
  ];
}
