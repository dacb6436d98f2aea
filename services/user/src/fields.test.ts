import { expect, test } from 'vitest';
import {
  checked,
  checkEmail,
  checkName,
  checkPassword,
  checkPhone,
  checkUsername,
  ifGiven,
} from './fields.ts';

test.each(['ada@example.org', 'a.b+c@mail.example.co.uk', 'jörg@müller.example'])(
  '%s is an e-mail',
  (email) => {
    expect(checkEmail('email', email)).toBe(email);
  },
);

test.each([
  '',
  'ada',
  '@example.org',
  'ada@example',
  'a b@example.org',
  'ada@example.org\r\nBcc: eve@example.org',
])('%j is no e-mail', (email) => {
  expect(() => checkEmail('email', email)).toThrow('email must be an e-mail address');
});

test('an e-mail has at most 254 characters', () => {
  const domain = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.org`;
  expect(() => checkEmail('email', `ada123@${domain}`)).not.toThrow();
  expect(() => checkEmail('email', `ada4567@${domain}.org`)).toThrow('254');
});

test('logins are kept in lower case', () => {
  expect(checkEmail('email', ' Ada@Example.ORG ')).toBe('ada@example.org');
  expect(checkUsername('username', 'Ada.L')).toBe('ada.l');
});

test.each(['ab', 'a'.repeat(33), 'ada lovelace', 'ada@example.org', 'ädä'])('%j is no user name', (name) => {
  expect(() => checkUsername('username', name)).toThrow('username must be 3 to 32');
});

test.each(['+4915112345678', '+15551234567'])('%s is a phone number', (phone) => {
  expect(checkPhone('phone', phone)).toBe(phone);
});

test.each(['015112345678', '+0151123456', '+49 151 123', '+1234567890123456'])(
  '%s is no phone number',
  (phone) => {
    expect(() => checkPhone('phone', phone)).toThrow('E.164');
  },
);

test('a password has 8 to 128 characters, however many bytes they take', () => {
  expect(() => checkPassword('password', '1234567')).toThrow('8 to 128');
  expect(() => checkPassword('password', '💚'.repeat(7))).toThrow('8 to 128');
  expect(checkPassword('password', '💚'.repeat(8))).toBe('💚'.repeat(8));
  expect(() => checkPassword('password', 'x'.repeat(129))).toThrow('8 to 128');
});

test('a name has at most 200 characters on one line', () => {
  expect(checkName('name', ' Ada ')).toBe('Ada');
  expect(() => checkName('name', 'x'.repeat(201))).toThrow('200');
  expect(() => checkName('name', 'Ada\nLovelace')).toThrow('one line');
});

test('names every wrong field at once', () => {
  const attempt = () =>
    checked({
      email: () => ifGiven(checkEmail, 'email', 'nobody'),
      phone: () => ifGiven(checkPhone, 'phone', '123'),
      name: () => ifGiven(checkName, 'name', ' '),
    });
  expect(attempt).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      fields: [expect.objectContaining({ field: 'email' }), expect.objectContaining({ field: 'phone' })],
    }),
  );
});
