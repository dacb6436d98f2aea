import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Credentials } from './credentials.ts';

/** Writes a kubeconfig by which kubectl is the administrator. It holds all that it needs, so that it can be moved. */
export async function writeKubeconfig(file: string, server: string, credentials: Credentials): Promise<void> {
  const data = async (path: string) => (await readFile(path)).toString('base64');
  const cluster = { server, 'certificate-authority-data': await data(credentials.authority) };
  const user = {
    'client-certificate-data': await data(credentials.admin.certificate),
    'client-key-data': await data(credentials.admin.key),
  };
  const name = 'tradewind-local';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name: 'admin', user }],
    contexts: [{ name, context: { cluster: name, user: 'admin', namespace: 'default' } }],
    'current-context': name,
  };
  const staging = `${file}.new`;
  // JSON is YAML.
  await writeFile(staging, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
  await rename(staging, file);
}
