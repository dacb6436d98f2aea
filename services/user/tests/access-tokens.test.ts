import { createTokenVerifier } from '@tradewind/shared/auth';
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  generateKeyPair,
  jwtVerify,
  SignJWT,
  UnsecuredJWT,
  type JSONWebKeySet,
} from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StoredKey } from '../src/key-ring.ts';
import { join, startUserApp, testConfig, type Person, type UserApp } from './user-app.ts';

const keys = { ...testConfig('unused').keys, checkEveryMs: 20 };
let app: UserApp;
beforeAll(async () => {
  app = await startUserApp({ keys });
});
afterAll(() => app[Symbol.asyncDispose]());

const keySet = async (caller: 'gateway' | 'order' = 'gateway', { clientOf } = app): Promise<JSONWebKeySet> =>
  JSON.parse((await clientOf(caller).getSigningKeys({})).jwksJson) as JSONWebKeySet;

const refused = async ({ id }: Person, token: string, message?: string) => {
  const attempt = app.client.getUserProfile({ userId: id }, { token });
  await expect(attempt).rejects.toMatchObject({ code: 'UNAUTHENTICATED', ...(message ? { message } : {}) });
};

test('an access token is an EdDSA JWT with issuer, audience, subject, session and role', async () => {
  const { id, tokens } = await join(app.client);
  const { payload, protectedHeader } = await jwtVerify(
    tokens.accessToken,
    createLocalJWKSet(await keySet()),
    {
      issuer: 'tradewind',
      audience: 'tradewind',
    },
  );
  expect(protectedHeader).toMatchObject({ alg: 'EdDSA', kid: expect.any(String) as string });
  expect(payload).toMatchObject({ sub: id, sid: tokens.sessionId, role: 'customer' });
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeCloseTo(900, -1);
  expect(payload.exp).toBe((tokens.accessExpiresAt?.getTime() ?? 0) / 1000);
});

test('the key set is public to every service, and holds no private key', async () => {
  const set = await keySet('order');
  expect(set.keys).toEqual([
    expect.objectContaining({
      kty: 'OKP',
      crv: 'Ed25519',
      alg: 'EdDSA',
      use: 'sig',
      x: expect.any(String) as string,
    }),
  ]);
  for (const key of set.keys) expect(key).not.toHaveProperty('d');
});

test('methods for people need an access token', async () => {
  const { id } = await join(app.client);
  await expect(app.client.getUserProfile({ userId: id })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('a token that is forged, altered or not signed is refused', async () => {
  const person = await join(app.client);
  const claims = decodeJwt(person.tokens.accessToken);
  const header = decodeProtectedHeader(person.tokens.accessToken);
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const forged = await new SignJWT(claims).setProtectedHeader({ ...header, alg: 'EdDSA' }).sign(privateKey);
  const [publicKey] = (await keySet()).keys;
  const confused = await new SignJWT(claims)
    .setProtectedHeader({ ...header, alg: 'HS256' })
    .sign(Buffer.from(publicKey?.['x'] as string, 'base64url'));
  const [head, , signature] = person.tokens.accessToken.split('.');
  const promoted = Buffer.from(JSON.stringify({ ...claims, role: 'admin' })).toString('base64url');
  for (const token of [
    forged,
    confused,
    `${head ?? ''}.${promoted}.${signature ?? ''}`,
    new UnsecuredJWT(claims).encode(),
    'nonsense',
    '',
  ]) {
    await refused(person, token);
  }
});

test('an expired token is refused', async () => {
  await using brief = await startUserApp({ accessTokenTtlMs: 1000, mongo: app.config.mongo });
  const person = await join(brief.client);
  const read = () =>
    brief.client.getUserProfile({ userId: person.id }, person.as).then(
      () => 'answered',
      (error: unknown) => (error as Error).message,
    );
  await expect.poll(read).toBe('the access token has expired');
});

test('a refresh token is no access token', async () => {
  const person = await join(app.client);
  await refused(person, person.tokens.refreshToken);
});

test('keys rotate by themselves, and old tokens stay valid', async () => {
  await using rotating = await startUserApp({ keys });
  const stored = rotating.mongo.db.collection<StoredKey>('signing_keys');
  const ageKey = (number: number, byMs: number) =>
    stored.updateOne({ _id: number }, { $set: { signsFrom: new Date(Date.now() - byMs) } });
  const kids = async () => (await keySet('gateway', rotating)).keys.map(({ kid }) => kid);
  const kidOf = ({ tokens }: Person) => decodeProtectedHeader(tokens.accessToken).kid;

  const early = await join(rotating.client);
  await ageKey(1, keys.rotationMs);
  await expect.poll(kids).toHaveLength(2);
  const [oldKid, newKid] = await kids();
  const next = await stored.findOne({ _id: 2 });
  expect((next?.signsFrom.getTime() ?? 0) - (next?.createdAt.getTime() ?? 0)).toBeGreaterThanOrEqual(60_000);

  // Published, but not signing yet.
  expect(kidOf(await join(rotating.client))).toBe(oldKid);
  await ageKey(2, 0);
  await expect.poll(async () => kidOf(await join(rotating.client))).toBe(newKid);
  const late = await join(rotating.client);
  const verifier = createTokenVerifier({
    fetchKeys: async () => JSON.stringify(await keySet('gateway', rotating)),
    isRevoked: () => false,
  });
  await expect(verifier.verify(early.tokens.accessToken)).resolves.toMatchObject({ userId: early.id });
  await expect(verifier.verify(late.tokens.accessToken)).resolves.toMatchObject({ userId: late.id });

  // Its last token has expired, and the replicas' clocks may differ by no more than the time ahead.
  await ageKey(2, rotating.config.accessTokenTtlMs + keys.publishAheadMs + 1000);
  await expect.poll(kids).toEqual([newKid]);
  expect(await stored.countDocuments()).toBe(1);
});

test('replicas that rotate at once make one key and agree on it', async () => {
  await using first = await startUserApp({ keys });
  await using second = await startUserApp({ keys, mongo: first.config.mongo });
  const stored = first.mongo.db.collection<StoredKey>('signing_keys');
  await stored.updateOne({ _id: 1 }, { $set: { signsFrom: new Date(Date.now() - keys.rotationMs) } });
  const sets = () => Promise.all([first, second].map(({ client }) => client.getSigningKeys({})));
  await expect.poll(async () => new Set((await sets()).map(({ jwksJson }) => jwksJson)).size).toBe(1);
  await expect.poll(async () => (await keySet('gateway', first)).keys).toHaveLength(2);
  expect(await stored.countDocuments()).toBe(2);
});

test('with a shared secret tokens are HS256, and there is no key set', async () => {
  const jwtSecret = 'a-secret-of-more-than-thirty-two-characters';
  await using simple = await startUserApp({ jwtSecret });
  const person = await join(simple.client);
  expect(decodeProtectedHeader(person.tokens.accessToken)).toMatchObject({ alg: 'HS256' });
  await jwtVerify(person.tokens.accessToken, new TextEncoder().encode(jwtSecret), { algorithms: ['HS256'] });
  await expect(simple.client.getUserProfile({ userId: person.id }, person.as)).resolves.toBeDefined();
  expect(await keySet('gateway', simple)).toEqual({ keys: [] });
});
