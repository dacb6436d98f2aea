import type { ConnectionOptions } from 'nats';

/** Who a process is to a server that asks. Not a part of its URL: the client library takes nothing from there. */
export interface NatsCredentials {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/** The credentials as the client library takes them. */
export function loginOptions({ user, password }: NatsCredentials): Pick<ConnectionOptions, 'user' | 'pass'> {
  return { ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { pass: password }) };
}
