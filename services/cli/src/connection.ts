import { text } from 'node:stream/consumers';
import { invalid } from '@tradewind/shared/errors';
import type { Credentials } from './api/session.ts';
import type { Environment } from './config.ts';
import type { Profile } from './profile.ts';

export interface ConnectionOptions {
  readonly url?: string;
  readonly login?: string;
  readonly token?: string;
  /** The first line of standard input, when it was asked for. */
  readonly password?: string;
}

export interface Connection {
  readonly url: string;
  readonly credentials: Credentials;
  /** Absent for a platform that only its url is known of. */
  readonly mailUrl: string | undefined;
}

const defaultUrl = 'http://127.0.0.1:8080';

/**
 * Where to connect and as whom: options before the environment before the profile, and a token before login and password
 * of the same place. The profile's password and mail page belong to the profile's platform and login, and are used for no
 * other.
 */
export function resolveConnection(
  options: ConnectionOptions,
  environment: Environment,
  profile: Profile,
): Connection {
  const url = checkUrl(options.url ?? environment.url ?? profile.url ?? defaultUrl);
  const own = url === checkUrl(profile.url ?? defaultUrl) ? profile : {};
  const named = options.login ?? options.password;
  const token = options.token ?? (named === undefined ? environment.token : undefined);
  const login = options.login ?? environment.login ?? own.login;
  const password =
    options.password ?? environment.password ?? (login === own.login ? own.password : undefined);
  return {
    url,
    mailUrl: own.mail_url,
    credentials: token !== undefined ? { token } : login && password ? { login, password } : undefined,
  };
}

export async function readPassword(input: NodeJS.ReadableStream): Promise<string> {
  const [line = ''] = (await text(input)).split(/\r?\n/);
  if (line === '') throw invalid('password', 'is expected as the first line of the standard input');
  return line;
}

function checkUrl(value: string): string {
  const url = URL.parse(value);
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw invalid('url', `"${value}" is not an address such as ${defaultUrl}`);
  }
  return url.href;
}
