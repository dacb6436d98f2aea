import { createTransport } from 'nodemailer';
import { unavailable } from '@tradewind/shared/errors';
import type { Verdict } from './channel.ts';

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly from: { readonly name: string; readonly address: string };
}

export interface Mail {
  /** Unique without the host, which the sender's address gives. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text?: string;
}

export interface Mailer extends AsyncDisposable {
  /** @throws TradewindError UNAVAILABLE when the server cannot be reached, or takes no mail from us */
  send: (mail: Mail, signal?: AbortSignal) => Promise<Verdict>;
}

/** From the wait for a connection to the server's last word: shorter than the claim on a delivery. */
const sendTimeoutMs = 20_000;

/** Connects when there is something to send; idle connections are kept for a while. */
export function connectSmtp(options: SmtpOptions): Mailer {
  const { host, port, secure, username, password, from } = options;
  const transport = createTransport({
    pool: true,
    host,
    port,
    secure,
    ...(username === undefined ? {} : { auth: { user: username, pass: password ?? '' } }),
    connectionTimeout: 3_000,
    greetingTimeout: 5_000,
    socketTimeout: 15_000,
    maxConnections: 10,
    // Once, for a kept connection that the server has closed meanwhile.
    maxRequeues: 1,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1);
  return {
    async send({ id, to, ...content }, signal) {
      const timeout = AbortSignal.timeout(sendTimeoutMs);
      try {
        await transport.sendMail({
          ...content,
          from,
          // No out-of-office replies, please (RFC 3834).
          headers: { 'Auto-Submitted': 'auto-generated' },
          to: { name: '', address: to },
          messageId: `<${id.replaceAll(/[^\w.-]/g, '_')}@${domain}>`,
          signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        });
        return { result: 'sent' };
      } catch (error) {
        return verdictOf(error);
      }
    },
    [Symbol.asyncDispose]() {
      transport.close();
      return Promise.resolve();
    },
  };
}

/** What nodemailer says of a failure. */
interface SmtpFailure {
  readonly code?: string;
  /** The command that was answered; API when the mail never got as far as the server. */
  readonly command?: string;
  readonly responseCode?: number;
}

/**
 * Only an answer about this recipient or this content is a verdict; the reason is the bare reply code, because servers
 * repeat the address in their words. The rest, a refused sender or password among it, would meet every mail alike.
 */
function verdictOf(error: unknown): Verdict {
  const { code, command, responseCode = 0 } = error as SmtpFailure;
  const reason = `SMTP ${responseCode}`;
  const aboutMail = command === 'RCPT TO' || command === 'DATA';
  if (code === 'EENVELOPE' && command === 'API') return { result: 'refused', reason: 'INVALID_ADDRESS' };
  if (aboutMail && isPermanent(responseCode)) return { result: 'refused', reason };
  if (aboutMail && isTransient(responseCode)) return { result: 'deferred', reason };
  throw unavailable('the mail server', error);
}

/** 503, a wrong sequence of commands, is about the session (RFC 5321). */
const isPermanent = (code: number) => code >= 500 && code !== 503;
/** 421 closes the connection: the server is away. 454 is about who we are (RFC 4954). */
const isTransient = (code: number) => code >= 400 && code < 500 && code !== 421 && code !== 454;
