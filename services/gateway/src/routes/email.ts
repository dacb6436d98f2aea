import { requireRole } from '@tradewind/shared/auth';
import { loggedIn, onBehalf, principalOf } from '../http/access.ts';
import type { Routes } from '../http/mount.ts';
import { answer, bodyProblems, personProblems, problems } from '../schemas/common.ts';
import { Email, EmailSent } from '../schemas/email.ts';
import { ref } from '../schemas/kit.ts';
import type { Upstreams } from '../upstreams.ts';

/** Mail on demand. */
export const email =
  ({ mailer }: Upstreams): Routes =>
  (app) => {
    app.post(
      '/email',
      {
        schema: {
          operationId: 'sendEmail',
          tags: ['Mail'],
          summary: 'Send a mail',
          description: 'For admins.',
          security: loggedIn,
          body: ref(Email),
          response: { 200: answer(ref(EmailSent), 'Sent.'), ...problems(...personProblems, ...bodyProblems) },
        },
      },
      async (request) => {
        requireRole(principalOf(request), 'admin');
        const { to_email: toEmail, subject, html_body: htmlBody } = request.body;
        return await mailer.sendEmail(
          { toEmail, subject, htmlBody },
          { ...onBehalf(request), timeoutMs: 20_000 },
        );
      },
    );
  };
