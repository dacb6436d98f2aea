import { expect, test } from 'vitest';
import { readUserConfig } from './config.ts';

test('names a short secret and a useless first admin at once, without their values', () => {
  const attempt = () =>
    readUserConfig({ JWT_SECRET: 'short', ADMIN_EMAIL: 'root', ADMIN_PASSWORD: 'hunter2' });
  expect(attempt).toThrow(/JWT_SECRET.*32[^]*ADMIN_EMAIL.*e-mail[^]*ADMIN_PASSWORD.*8 to 128/);
  expect(attempt).not.toThrow(/hunter2/);
});

test('a first admin needs both address and password', () => {
  expect(() => readUserConfig({ ADMIN_EMAIL: 'root@example.org' })).toThrow('ADMIN_PASSWORD');
  expect(readUserConfig({}).firstAdmin).toBeUndefined();
});

test('access tokens live 15 minutes, sessions 30 days, and keys sign for 30 days', () => {
  expect(readUserConfig({})).toMatchObject({
    accessTokenTtlMs: 900_000,
    sessions: { ttlMs: 2_592_000_000, graceMs: 10_000 },
    keys: { rotationMs: 2_592_000_000 },
    jwtSecret: undefined,
  });
});

test('a key is public for a minute or more before it signs, and replicas read it in that time', () => {
  const { publishAheadMs, checkEveryMs } = readUserConfig({}).keys;
  expect(publishAheadMs).toBeGreaterThanOrEqual(60_000);
  expect(checkEveryMs * 2).toBeLessThan(publishAheadMs);
});
