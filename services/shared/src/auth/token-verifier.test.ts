import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { createTokenVerifier, tokenAudience, tokenIssuer, type TokenVerifier } from './index.ts';

type Key = Awaited<ReturnType<typeof keyPair>>;

async function keyPair(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA', use: 'sig' } };
}

let ours: Key;
let next: Key;
let theirs: Key;
let published: Key[];
let fetches: number;
let now: number;
let revoked: Set<string>;
let verifier: TokenVerifier;

beforeAll(async () => {
  ours = await keyPair('1');
  next = await keyPair('2');
  theirs = await keyPair('1');
});

beforeEach(() => {
  published = [ours];
  fetches = 0;
  now = Date.parse('2026-01-01');
  revoked = new Set();
  verifier = createTokenVerifier({
    fetchKeys: () => {
      fetches += 1;
      return Promise.resolve(JSON.stringify({ keys: published.map(({ jwk }) => jwk) }));
    },
    isRevoked: (sessionId) => revoked.has(sessionId),
    now: () => now,
  });
});

const claims = (more: Record<string, unknown> = {}): JWTPayload => ({
  iss: tokenIssuer,
  aud: tokenAudience,
  sub: 'u',
  sid: 's',
  role: 'merchant',
  exp: now / 1000 + 900,
  ...more,
});

const sign = (payload = claims(), key = ours) =>
  new SignJWT(payload).setProtectedHeader({ alg: 'EdDSA', kid: key.kid }).sign(key.privateKey);

const refused = { code: 'UNAUTHENTICATED' };

test('says whom a valid token speaks for', async () => {
  const principal = { userId: 'u', sessionId: 's', role: 'merchant' };
  expect(await verifier.verify(await sign())).toEqual(principal);
});

test.for<[string, () => Promise<string>]>([
  ['is not a token', () => Promise.resolve('not.a.token')],
  ['is signed by somebody else under our key id', () => sign(claims(), theirs)],
  ['is not signed', () => Promise.resolve(new UnsecuredJWT(claims()).encode())],
  ['is signed with a shared secret', () => hmac('a secret that is long enough for HS256')],
  ['is signed with our public key as the secret', () => hmac(ours.jwk.x ?? '')],
  ['has expired', () => sign(claims({ exp: now / 1000 - 1 }))],
  ['never expires', () => sign(claims({ exp: undefined }))],
  ['comes from another issuer', () => sign(claims({ iss: 'somebody' }))],
  ['is for another audience', () => sign(claims({ aud: 'somebody' }))],
  ['has no session', () => sign(claims({ sid: undefined }))],
  ['has an unknown role', () => sign(claims({ role: 'root' }))],
])('refuses a token that %s', async ([, token]) => {
  await expect(verifier.verify(await token())).rejects.toMatchObject(refused);
});

const hmac = (secret: string) =>
  new SignJWT(claims()).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));

test('refuses a token whose content was changed', async () => {
  const [header, , signature] = (await sign()).split('.');
  const body = Buffer.from(JSON.stringify(claims({ role: 'admin' }))).toString('base64url');
  await expect(verifier.verify([header, body, signature].join('.'))).rejects.toMatchObject(refused);
});

test('refuses a token that it has seen before once it expires', async () => {
  const token = await sign();
  await verifier.verify(token);
  now += 899_000;
  await verifier.verify(token);
  now += 2_000;
  await expect(verifier.verify(token)).rejects.toMatchObject({
    ...refused,
    message: 'the access token has expired',
  });
});

test('refuses a token that it has seen before once its session is revoked', async () => {
  const token = await sign();
  await verifier.verify(token);
  revoked.add('s');
  await expect(verifier.verify(token)).rejects.toMatchObject(refused);
});

test('fetches the keys once for all tokens, and again for a key that it does not know', async () => {
  await Promise.all([verifier.verify(await sign()), verifier.verify(await sign(claims({ sub: 'v' })))]);
  expect(fetches).toBe(1);
  published = [ours, next];
  now += 10_000;
  await verifier.verify(await sign(claims(), next));
  expect(fetches).toBe(2);
});

test('does not let unknown keys make it fetch more than every ten seconds', async () => {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    await expect(verifier.verify(await sign(claims(), next))).rejects.toMatchObject(refused);
    now += 1_000;
  }
  expect(fetches).toBe(2);
});

test('passes on why the keys cannot be had, and asks again the next time', async () => {
  let away = true;
  const jwks = JSON.stringify({ keys: [ours.jwk] });
  const unsure = createTokenVerifier({
    fetchKeys: () => (away ? Promise.reject(new Error('away')) : Promise.resolve(jwks)),
    isRevoked: () => false,
    now: () => now,
  });
  const token = await sign();
  await expect(unsure.verify(token)).rejects.toThrow('away');
  away = false;
  expect(await unsure.verify(token)).toMatchObject({ userId: 'u' });
});

test('takes HS256 only where a secret was configured, and then nothing else', async () => {
  const secret = 'a secret that is long enough for HS256';
  const shared = createTokenVerifier({
    fetchKeys: () => Promise.reject(new Error('not needed')),
    secret,
    isRevoked: () => false,
    now: () => now,
  });
  expect(await shared.verify(await hmac(secret))).toMatchObject({ userId: 'u' });
  await expect(shared.verify(await hmac(`${secret}!`))).rejects.toMatchObject(refused);
  await expect(shared.verify(await sign())).rejects.toMatchObject(refused);
});
