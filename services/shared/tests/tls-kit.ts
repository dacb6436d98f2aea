import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream';
import { createServer } from 'node:tls';
import { createAuthority } from '@tradewind/local/kubernetes';
import { type Server, type ServerKind, startNats, startRedis, startServer } from '@tradewind/local/servers';
import { expect } from 'vitest';
import type { TlsFiles } from '../src/tls/index.ts';
import { patience } from './event-kit.ts';

export type Authority = ReturnType<typeof createAuthority>;

export interface Certificates extends AsyncDisposable {
  readonly trusted: Authority;
  readonly stranger: Authority;
  /** Files with a new certificate for these hosts, in a folder that goes with this. */
  readonly files: (authority: Authority, hosts?: readonly string[]) => Promise<TlsFiles>;
}

export type SecureServer = Pick<Server, 'port'> & AsyncDisposable;

export const hereOnly = ['localhost', '127.0.0.1'];

export async function createCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'tradewind-tls-'));
  return {
    trusted: createAuthority('of the shop'),
    stranger: createAuthority('of somebody else'),
    files: async (authority, hosts = hereOnly) => {
      const place = await mkdtemp(join(folder, 'certificate-'));
      const files: TlsFiles = {
        authority: join(place, 'ca.crt'),
        certificate: join(place, 'tls.crt'),
        key: join(place, 'tls.key'),
        checkEveryMs: 20,
      };
      const { certificate, key } = authority.issue({ commonName: 'server' }, hosts);
      await writeFile(files.authority, authority.certificate);
      await writeFile(files.certificate, certificate);
      await writeFile(files.key, key);
      await writeFile(join(place, 'tls-combined.pem'), `${key}${certificate}`);
      return files;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

/** Redis behind a terminator of TLS: the one of this repository is built without. */
export async function startSecureRedis({ certificate, key }: TlsFiles): Promise<SecureServer> {
  const redis = await startRedis();
  const identity = { cert: await readFile(certificate), key: await readFile(key) };
  const terminator = createServer(identity, (socket) => {
    pipeline(socket, connect(redis.port, '127.0.0.1'), socket, () => undefined);
  });
  terminator.listen(0, '127.0.0.1');
  await once(terminator, 'listening');
  return {
    port: (terminator.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      terminator.close();
      await redis[Symbol.asyncDispose]();
    },
  };
}

export async function startSecureNats({ certificate, key }: TlsFiles): Promise<SecureServer> {
  return await startNats({ args: ['--tls', '--tlscert', certificate, '--tlskey', key] });
}

export async function startSecureMongo({ authority, key }: TlsFiles): Promise<SecureServer> {
  return await startServer({
    name: 'mongod',
    args: ({ dir, host }, port) => [
      ...['--dbpath', `${dir}/data`, '--bind_ip', host, '--port', String(port), '--quiet'],
      ...['--wiredTigerCacheSizeGB', '0.25', '--nounixsocket', '--tlsMode', 'requireTLS'],
      ...['--tlsCertificateKeyFile', join(dirname(key), 'tls-combined.pem'), '--tlsCAFile', authority],
      '--tlsAllowConnectionsWithoutCertificates',
    ],
    ready: listens,
  });
}

const listens: ServerKind['ready'] = async (port) => {
  const attempt = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => {
        resolve(false);
      });
    });
  await expect.poll(attempt, patience).toBe(true);
};
