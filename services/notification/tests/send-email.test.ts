import {
  MailerServiceDefinition,
  MailerServiceService,
  type MailerServiceServer,
} from '@tradewind/proto/notification/v1/notification';
import { tokenAudience, tokenIssuer, type Role } from '@tradewind/shared/auth';
import { grpcClient, type Caller, type GrpcClient } from '@tradewind/shared/grpc';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NotificationService } from '../src/app.ts';
import { gatewayKey, jwtSecret, startEnvironment, type TestEnvironment } from './environment.ts';

let env: TestEnvironment;
let service: NotificationService;
let mailer: GrpcClient<MailerServiceServer>;
let admin: string;

const mail = { toEmail: 'bo@people.test', subject: 'Hello', htmlBody: '<p>Hello</p>' };

beforeAll(async () => {
  env = await startEnvironment();
  service = await env.start();
  mailer = connect('gateway', gatewayKey);
  admin = await tokenOf('admin');
});

afterAll(async () => {
  await mailer[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
  await env[Symbol.asyncDispose]();
});

function connect(caller: Caller, key: string) {
  return grpcClient<MailerServiceServer>(MailerServiceService, MailerServiceDefinition, {
    target: `127.0.0.1:${service.port}`,
    caller,
    key,
  });
}

function tokenOf(role: Role): Promise<string> {
  return new SignJWT({ sid: 'session-1', role })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('user-1')
    .setIssuer(tokenIssuer)
    .setAudience(tokenAudience)
    .setExpirationTime('1m')
    .sign(new TextEncoder().encode(jwtSecret));
}

test('sends a mail for an admin', async () => {
  const answer = await mailer.sendEmail(mail, { token: admin });
  expect(answer.status).toBe('sent');
  expect(env.sink.to(mail.toEmail)).toEqual([
    expect.objectContaining({
      subject: 'Hello',
      html: '<p>Hello</p>\n',
      from: '"The Shop" <shop@shop.test>',
    }),
  ]);
});

test('is for admins, through the gateway', async () => {
  const customer = await tokenOf('customer');
  await expect(mailer.sendEmail(mail, { token: customer })).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
  });
  await expect(mailer.sendEmail(mail)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await using stranger = connect('gateway', 'guessed');
  await expect(stranger.sendEmail(mail, { token: admin })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('names every wrong field', async () => {
  const wrong = { toEmail: 'bo', subject: '', htmlBody: 'x'.repeat(256 * 1024 + 1) };
  await expect(mailer.sendEmail(wrong, { token: admin })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    fields: [{ field: 'to_email' }, { field: 'subject' }, { field: 'html_body' }],
  });
});

test.for([
  { toEmail: 'bo@people.test\r\nBcc: eve@people.test' },
  { toEmail: 'bo@people.test, eve@people.test' },
  { toEmail: 'Bo <bo@people.test>' },
  { subject: 'Hello\r\nBcc: eve@people.test' },
  { subject: 'Hello\u2028Bcc: eve@people.test' },
])('adds no header and no recipient: %o', async (hostile) => {
  const before = env.sink.mails.length;
  await expect(mailer.sendEmail({ ...mail, ...hostile }, { token: admin })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
  expect(env.sink.mails).toHaveLength(before);
});

test('says that the server refuses a recipient', async () => {
  env.sink.answer('no@people.test', 550);
  await expect(
    mailer.sendEmail({ ...mail, toEmail: 'no@people.test' }, { token: admin }),
  ).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining('SMTP 550') as string,
  });
});

test('is UNAVAILABLE while the SMTP server is away', async () => {
  await env.sink.stop();
  await expect(mailer.sendEmail(mail, { token: admin })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await env.sink.restart();
  await expect(mailer.sendEmail(mail, { token: admin })).resolves.toMatchObject({ status: 'sent' });
});
