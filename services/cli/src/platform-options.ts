import { cwd } from 'node:process';
import type { Command } from 'commander';
import { TradewindError } from '@tradewind/shared/errors';
import { ApiClient } from './api/client.ts';
import { readPassword, resolveConnection, type Connection } from './connection.ts';
import type { Context } from './context.ts';
import { readProfile } from './profile.ts';

export interface PlatformOptions {
  readonly url?: string;
  readonly login?: string;
  readonly passwordStdin?: boolean;
  readonly token?: string;
  readonly profile?: string;
}

/** The options of every command that talks to the gateway. */
export function withPlatformOptions(command: Command): Command {
  return command
    .optionsGroup('Which platform, and as whom:')
    .option('--url <url>', 'the gateway (TRADEWIND_URL; else the profile; else http://127.0.0.1:8080)')
    .option('--login <login>', 'e-mail address or user name (TRADEWIND_LOGIN; else the profile)')
    .option(
      '--password-stdin',
      'read the password from standard input (else TRADEWIND_PASSWORD; else the profile)',
    )
    .option(
      '--token <token>',
      'an access token instead of login and password (else TRADEWIND_TOKEN, unless one of these is given)',
    )
    .option(
      '--profile <file>',
      'JSON with url, login, password, mail_url, nats_url (else .local/profile.json, upward from here)',
    );
}

export async function connectionOf(options: PlatformOptions, context: Context): Promise<Connection> {
  const profile = await readProfile(options.profile, cwd());
  const password = options.passwordStdin ? { password: await readPassword(context.stdin) } : {};
  return resolveConnection({ ...options, ...password }, context.environment, profile);
}

/** A client that is logged in when needed; refuses to go on without credentials. */
export function clientOf({ url, credentials }: Connection, signal: AbortSignal): ApiClient {
  if (!credentials) {
    throw new TradewindError(
      'INVALID_ARGUMENT',
      `who logs in at ${url}? Give --login with TRADEWIND_PASSWORD or --password-stdin, --token, or a profile`,
    );
  }
  return new ApiClient({ url, credentials, signal });
}
