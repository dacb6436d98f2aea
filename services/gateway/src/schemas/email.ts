import { Type } from '@fastify/type-provider-typebox';
import { closed, line, oneLine, text } from './kit.ts';

export const Email = closed(
  {
    to_email: Type.String({
      format: 'email',
      maxLength: 254,
      pattern: oneLine,
      description: 'To whom.',
      examples: ['ada@example.org'],
    }),
    subject: line({ max: 200, description: 'One line.', examples: ['Your order'] }),
    html_body: text({ min: 1, max: 262_144, description: 'HTML.', examples: ['<p>On its way.</p>'] }),
  },
  { $id: 'Email', description: 'A mail to send.' },
);

export const EmailSent = closed(
  {
    status: Type.String({ description: '`sent`.', examples: ['sent'] }),
    message: Type.String({ description: 'What the mail server said.' }),
  },
  { $id: 'EmailSent', description: 'The mail server has taken it.' },
);

export const emailSchemas = [Email, EmailSent];
