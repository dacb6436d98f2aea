import { ConfigError } from '@tradewind/shared/config';
import { expect, test } from 'vitest';
import { readNotificationConfig } from './config.ts';

test('starts without any setting', () => {
  const config = readNotificationConfig({});
  expect(config.smtp.from).toEqual({ name: 'Tradewind', address: 'no-reply@tradewind.example' });
  expect(config).toMatchObject({ grpc: { port: 50_054 }, smsWebhook: undefined });
});

test('takes a sender with and without a name', () => {
  const from = (text: string) => readNotificationConfig({ MAIL_FROM: text }).smtp.from;
  expect(from('shop@shop.test')).toEqual({ name: '', address: 'shop@shop.test' });
  expect(from('"Tea, Ltd." <tea@shop.test>')).toEqual({ name: 'Tea, Ltd.', address: 'tea@shop.test' });
});

test('takes credentials out of the URL for texts', () => {
  const webhook = (text: string) => readNotificationConfig({ SMS_WEBHOOK_URL: text }).smsWebhook;
  const url = 'https://sms.test/texts?from=shop';
  expect(webhook(url)).toEqual({ url });
  expect(webhook('https://shop:p%40ss@sms.test/texts?from=shop')).toEqual({ url, credentials: 'shop:p@ss' });
});

test.for([
  { MAIL_FROM: 'shop' },
  { MAIL_FROM: 'a@shop.test, b@shop.test' },
  { SMS_WEBHOOK_URL: 'texts' },
  { SMS_WEBHOOK_URL: 'file:///etc/passwd' },
  { SMS_WEBHOOK_URL: 'https://shop:50%@sms.test/texts' },
])('refuses %o', (environment) => {
  expect(() => readNotificationConfig(environment)).toThrow(ConfigError);
});
