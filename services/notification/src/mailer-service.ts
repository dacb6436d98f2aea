import { randomUUID } from 'node:crypto';
import {
  MailerServiceService,
  type MailerServiceServer,
  type SendEmailRequest,
} from '@tradewind/proto/notification/v1/notification';
import { requireRole } from '@tradewind/shared/auth';
import { TradewindError, unavailable, type FieldProblem } from '@tradewind/shared/errors';
import { requirePrincipal, service, type ServedService } from '@tradewind/shared/grpc';
import { isEmailAddress } from './email-address.ts';
import type { Mailer } from './smtp.ts';

const maxBodyBytes = 256 * 1024;

export function mailerService(mailer: Mailer): ServedService {
  return service<MailerServiceServer>(
    MailerServiceService,
    { sendEmail: { from: ['gateway'], user: 'required' } },
    {
      async sendEmail(request, call) {
        requireRole(requirePrincipal(call), 'admin');
        const { toEmail, subject, htmlBody } = valid(request);
        const mail = { id: randomUUID(), to: toEmail, subject, html: htmlBody };
        const verdict = await mailer.send(mail, call.signal);
        switch (verdict.result) {
          case 'sent':
            return { status: 'sent', message: `the mail server took the mail to ${toEmail}` };
          case 'refused':
            throw new TradewindError(
              'INVALID_ARGUMENT',
              `the mail server refuses this mail: ${verdict.reason}`,
            );
          case 'deferred':
            throw unavailable('the recipient', new Error(verdict.reason));
        }
      },
    },
  );
}

/** @throws TradewindError INVALID_ARGUMENT naming every wrong field */
function valid(request: SendEmailRequest): SendEmailRequest {
  const problems = [...problemsOf(request)];
  if (problems.length === 0) return request;
  const message = problems.map(({ field, message: problem }) => `${field} ${problem}`).join('; ');
  throw new TradewindError('INVALID_ARGUMENT', message, { fields: problems });
}

function* problemsOf({ toEmail, subject, htmlBody }: SendEmailRequest): Iterable<FieldProblem> {
  if (!isEmailAddress(toEmail)) yield { field: 'to_email', message: 'must be one e-mail address' };
  if (subject.trim() === '' || subject.length > 200) {
    yield { field: 'subject', message: 'must have 1 to 200 characters' };
  }
  if (/[\p{Cc}\u2028\u2029]/u.test(subject)) yield { field: 'subject', message: 'must be one line' };
  if (htmlBody === '') yield { field: 'html_body', message: 'must not be empty' };
  if (Buffer.byteLength(htmlBody) > maxBodyBytes) {
    yield { field: 'html_body', message: 'must have at most 256 KiB' };
  }
}
