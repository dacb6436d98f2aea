import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail extends Pick<
  ParsedMail,
  'subject' | 'messageId' | 'headerLines' | 'text' | 'html'
> {
  /** The envelope's recipients. */
  readonly recipients: readonly string[];
  readonly from: string | undefined;
}

export interface MailSink extends AsyncDisposable {
  readonly port: number;
  /** In the order received. */
  readonly mails: readonly ReceivedMail[];
  readonly to: (recipient: string) => readonly ReceivedMail[];
  /** From now on mail to this address is answered with the code; without a code it is taken again. */
  readonly answer: (recipient: string, code?: number, command?: AnsweredCommand) => void;
  readonly stop: () => Promise<void>;
  readonly restart: () => Promise<void>;
}

export type AnsweredCommand = 'RCPT TO' | 'DATA';

interface Answer {
  readonly code: number;
  readonly command: AnsweredCommand;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A real SMTP server that keeps what it gets, from anybody unless there are credentials. */
export async function startMailSink(credentials?: Credentials): Promise<MailSink> {
  const mails: ReceivedMail[] = [];
  const answers = new Map<string, Answer>();
  const listen = (port: number) => listening(createServer(mails, answers, credentials), port);
  let server = await listen(0);
  const { port } = server.server.address() as { port: number };
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(resolve);
    });
  return {
    port,
    mails,
    to: (recipient) => mails.filter(({ recipients }) => recipients.includes(recipient)),
    answer: (recipient, code, command = 'RCPT TO') => {
      if (code === undefined) answers.delete(recipient);
      else answers.set(recipient, { code, command });
    },
    stop,
    restart: async () => {
      server = await listen(port);
    },
    [Symbol.asyncDispose]: stop,
  };
}

function createServer(
  mails: ReceivedMail[],
  answers: ReadonlyMap<string, Answer>,
  credentials?: Credentials,
): SMTPServer {
  const refusal = (address: string, at: AnsweredCommand) => {
    const { command, code: responseCode } = answers.get(address) ?? {};
    return command === at ? Object.assign(new Error(`no mail for ${address}`), { responseCode }) : null;
  };
  return new SMTPServer({
    authOptional: credentials === undefined,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 10,
    onAuth: ({ username, password }, _session, callback) => {
      if (username === credentials?.username && password === credentials?.password)
        callback(null, { user: username });
      else callback(new Error('wrong password'));
    },
    onRcptTo: ({ address }, _session, callback) => {
      callback(refusal(address, 'RCPT TO'));
    },
    onData: (stream, { envelope }, callback) => {
      simpleParser(stream).then(
        (mail) => {
          const recipients = envelope.rcptTo.map(({ address }) => address);
          const refused = recipients
            .map((address) => refusal(address, 'DATA'))
            .find((error) => error !== null);
          if (!refused) mails.push({ ...mail, recipients, from: mail.from?.text });
          callback(refused);
        },
        (error: unknown) => {
          callback(error as Error);
        },
      );
    },
  });
}

function listening(server: SMTPServer, port: number): Promise<SMTPServer> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      // Clients that are cut off are part of the tests.
      server.on('error', () => undefined);
      resolve(server);
    });
  });
}
