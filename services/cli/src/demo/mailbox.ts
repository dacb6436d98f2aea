import { send } from '../api/http.ts';

export interface Mail {
  readonly id: string;
  readonly subject: string;
  readonly to: readonly { readonly address: string }[];
  readonly text?: string;
  readonly html?: string;
}

/** The mails to one address that a maildev has caught, oldest first. */
export async function mailsTo(
  address: string,
  mailUrl: string,
  signal: AbortSignal,
): Promise<readonly Mail[]> {
  const { body } = await send(
    { method: 'GET', path: '/api/email', idempotent: true },
    { url: mailUrl, signal },
  );
  const mails = body as readonly Mail[];
  return mails.filter((mail) => mail.to.some((to) => to.address.toLowerCase() === address.toLowerCase()));
}

export const mentions = (mail: Mail, text: string) =>
  [mail.subject, mail.text, mail.html].some((part) => part?.includes(text) ?? false);
