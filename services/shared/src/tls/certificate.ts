import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { repeat } from '../run/index.ts';
import type { Logger } from '../telemetry/index.ts';
import type { TlsFiles } from './files.ts';

/** PEM, as Node's servers take it. */
export interface Identity {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/**
 * Gives a server its certificate, and each later one that takes its place in the files, as they are renewed in a mounted
 * Secret. One that cannot be read, or whose key is another's, is left for the next look.
 *
 * Rejects when there is none to begin with.
 */
export async function followCertificate(
  files: TlsFiles,
  log: Logger,
  use: (identity: Identity) => void,
): Promise<AsyncDisposable> {
  let current = await readIdentity(files);
  use(current);
  return repeat('certificate', files.checkEveryMs ?? 60_000, log, async () => {
    const next = await readIdentity(files);
    if (next.cert.equals(current.cert) && next.key.equals(current.key)) return;
    use(next);
    current = next;
    log.info({ until: new X509Certificate(next.cert).validTo }, 'certificate renewed');
  });
}

async function readIdentity(files: TlsFiles): Promise<Identity> {
  const [cert, key] = await Promise.all([readFile(files.certificate), readFile(files.key)]);
  const identity = { cert, key };
  createSecureContext(identity);
  return identity;
}
