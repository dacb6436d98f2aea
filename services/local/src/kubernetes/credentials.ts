import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../files.ts';
import { createAuthority, type Subject } from './certificates.ts';

/** Files, all PEM, by which the parts of a control plane know each other. */
export interface Credentials {
  readonly authority: string;
  readonly server: KeyPairFiles;
  readonly admin: KeyPairFiles;
  readonly etcd: KeyPairFiles;
  readonly etcdClient: KeyPairFiles;
  readonly etcdAuthority: string;
  /** Signs the tokens of service accounts. */
  readonly serviceAccountKey: string;
}

export interface KeyPairFiles {
  readonly certificate: string;
  readonly key: string;
}

/** What a control plane needs beyond what it always has. */
export interface CredentialsOptions {
  /** Names and addresses of the API server, beside the local ones. */
  readonly hosts?: readonly string[];
  /** By the name of its files: who else the API server knows, and the hosts that it serves as. */
  readonly further?: Readonly<
    Record<string, { readonly subject: Subject; readonly hosts?: readonly string[] }>
  >;
}

const loopback = ['localhost', '127.0.0.1'];
const inCluster = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];

/**
 * The credentials in a folder, made the first time and readable by this user only. etcd has an authority of its own:
 * who may ask the API server may not on that account ask etcd.
 */
export async function loadCredentials(
  folder: string,
  options: CredentialsOptions = {},
): Promise<Credentials> {
  if (!(await exists(folder))) await makeCredentials(folder, options);
  const pair = (name: string) => keyPairFiles(folder, name);
  return {
    authority: join(folder, 'ca.crt'),
    server: pair('kube-apiserver'),
    admin: pair('admin'),
    etcd: pair('etcd'),
    etcdClient: pair('etcd-client'),
    etcdAuthority: join(folder, 'etcd-ca.crt'),
    serviceAccountKey: join(folder, 'service-accounts.key'),
  };
}

/** Where a certificate and its key are in the folder of credentials. */
export function keyPairFiles(folder: string, name: string): KeyPairFiles {
  return { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
}

async function makeCredentials(
  folder: string,
  { hosts = [], further = {} }: CredentialsOptions,
): Promise<void> {
  await mkdir(join(folder, '..'), { recursive: true });
  const staging = await mkdtemp(`${folder}-`);
  const authority = createAuthority('tradewind-local');
  const etcdAuthority = createAuthority('tradewind-local-etcd');
  const pairs = {
    'kube-apiserver': authority.issue({ commonName: 'kube-apiserver' }, [
      ...loopback,
      ...inCluster,
      ...hosts,
    ]),
    admin: authority.issue({ commonName: 'admin', organization: 'system:masters' }),
    etcd: etcdAuthority.issue({ commonName: 'etcd' }, loopback),
    'etcd-client': etcdAuthority.issue({ commonName: 'kube-apiserver' }),
    ...Object.fromEntries(
      Object.entries(further).map(([name, { subject, hosts }]) => [name, authority.issue(subject, hosts)]),
    ),
  };
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const files = {
    'ca.crt': authority.certificate,
    'etcd-ca.crt': etcdAuthority.certificate,
    'service-accounts.key': privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ...Object.fromEntries(Object.entries(pairs).map(([name, pair]) => [`${name}.crt`, pair.certificate])),
    ...Object.fromEntries(Object.entries(pairs).map(([name, pair]) => [`${name}.key`, pair.key])),
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(staging, name), content, { mode: 0o600 });
  }
  await rename(staging, folder).catch(async (error: unknown) => {
    await rm(staging, { recursive: true, force: true });
    throw error;
  });
}
