import type { Channel } from './channel.ts';
import { render } from './letters/layout.ts';
import { writeLetter } from './letters/letters.ts';
import type { Mailer } from './smtp.ts';

export function emailChannel(mailer: Mailer): Channel {
  return {
    name: 'email',
    addressOf: ({ email }) => email,
    send: ({ id, to, name, notice }) => {
      const letter = writeLetter(notice.news);
      return mailer.send({ id, to, subject: letter.subject, ...render(letter, name) });
    },
  };
}
