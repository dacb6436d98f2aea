import { expect, test } from 'vitest';
import { decoyHash, hashPassword, isOutdated, isPassword } from './password-hash.ts';

test('a hash is an argon2id PHC string of 19 MiB, 2 passes and 1 lane, salted', async () => {
  const hash = await hashPassword('correct horse');
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(await hashPassword('correct horse')).not.toBe(hash);
});

test('takes its password and no other', async () => {
  const hash = await hashPassword('correct horse');
  expect(await isPassword('correct horse', hash)).toBe(true);
  expect(await isPassword('correct horsf', hash)).toBe(false);
});

test('checks a hash of another cost by that cost, and calls it outdated', async () => {
  const cheap = await hashPassword('correct horse', { memory: 64, passes: 1, parallelism: 1 });
  expect(await isPassword('correct horse', cheap)).toBe(true);
  expect(isOutdated(cheap)).toBe(true);
  expect(isOutdated(await hashPassword('correct horse'))).toBe(false);
});

test('reads the hash of another argon2 implementation', async () => {
  // Source: the reference implementation's test vectors, argon2id version 0x13, t=2, m=256 KiB, p=1.
  const reference = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
  expect(await isPassword('password', reference)).toBe(true);
});

test('the decoy costs what a hash costs now', async () => {
  expect(isOutdated(decoyHash)).toBe(false);
  expect(await isPassword('', decoyHash)).toBe(false);
});
