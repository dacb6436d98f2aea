import type { Cluster } from '../cluster/index.ts';
import type { ReleaseName } from './release.ts';

/** One of a release's Secrets: of the shop itself, of a store, or of TLS. */
export type SecretPart = '' | '-mongodb' | '-nats' | '-redis' | '-tls';

/** A value of one of the Secrets that Helm has made for a release whose name contains the chart's. */
export async function secretValue(
  { kubectl }: Pick<Cluster, 'kubectl'>,
  { namespace, name }: ReleaseName,
  part: SecretPart,
  key: string,
): Promise<string> {
  const path = `--output=jsonpath={.data.${key.replaceAll('.', String.raw`\.`)}}`;
  const encoded = await kubectl('get', 'secret', `${name}${part}`, '--namespace', namespace, path);
  return Buffer.from(encoded, 'base64').toString();
}
