import type { ConnectionOptions } from 'nats';

/** Who a process is to a server that asks. Not a part of its URL: the client library takes nothing from there. */
export interface NatsCredentials {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/**
 * The servers and the credentials as the client library takes them.
 *
 * @param url several with commas; one `tls://` among them refuses servers that speak no TLS
 */
export function serverOptions(url: string, { user, password }: NatsCredentials): ConnectionOptions {
  const servers = url.split(',');
  return {
    servers,
    // The library takes the scheme for no wish of ours.
    ...(servers.some((server) => server.startsWith('tls://')) ? { tls: {} } : {}),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { pass: password }),
  };
}
