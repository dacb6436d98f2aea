import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { formatRefreshToken, newSecret, parseRefreshToken, successorOf } from './refresh-token.ts';

test('a token reads back as what it was made of', () => {
  const token = { userId: randomUUID(), sessionId: randomUUID(), secret: newSecret() };
  expect(parseRefreshToken(formatRefreshToken(token))).toEqual(token);
});

test.each(['', 'x', 'a.b.c', `${randomUUID()}.${randomUUID()}.short`])('%j is no token', (text) => {
  expect(parseRefreshToken(text)).toBeUndefined();
});

test('a secret has one successor for each salt, and it has the shape of a secret', () => {
  const secret = newSecret();
  const salt = newSecret();
  expect(successorOf(secret, salt)).toBe(successorOf(secret, salt));
  expect(successorOf(secret, newSecret())).not.toBe(successorOf(secret, salt));
  expect(successorOf(newSecret(), salt)).not.toBe(successorOf(secret, salt));
  expect(successorOf(secret, salt)).toMatch(/^[\w-]{43}$/);
});
