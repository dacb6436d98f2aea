import { readFile, rename, writeFile } from 'node:fs/promises';
import type { KeyPairFiles } from './credentials.ts';

/**
 * Writes a kubeconfig by which kubectl is the user of a certificate. It holds all that it needs, so that it can be moved.
 *
 * @param authority the certificate that the server's is checked by
 */
export async function writeKubeconfig(
  file: string,
  server: string,
  authority: string,
  user: KeyPairFiles,
): Promise<void> {
  const data = async (path: string) => (await readFile(path)).toString('base64');
  const cluster = { server, 'certificate-authority-data': await data(authority) };
  const identity = {
    'client-certificate-data': await data(user.certificate),
    'client-key-data': await data(user.key),
  };
  const name = 'tradewind-local';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name: 'user', user: identity }],
    contexts: [{ name, context: { cluster: name, user: 'user', namespace: 'default' } }],
    'current-context': name,
  };
  const staging = `${file}.new`;
  // JSON is YAML.
  await writeFile(staging, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
  await rename(staging, file);
}
