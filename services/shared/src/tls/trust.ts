import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

/**
 * Makes this process accept an authority's certificates beside those of the usual ones: a store or a gateway may as well be
 * somebody else's. Connections that are open already stay as they are.
 *
 * @throws Error when the file cannot be read, or holds no certificate
 */
export function trustAuthority(file: string): void {
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(file)]);
}
