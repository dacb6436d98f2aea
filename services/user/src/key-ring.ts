import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK, type JWK_OKP_Public } from 'jose';
import type { Collection, Db } from 'mongodb';
import { repeat } from '@tradewind/shared/run';
import type { Logger } from '@tradewind/shared/telemetry';

export interface KeyRingOptions {
  /** How long a key signs. */
  readonly rotationMs: number;
  /** How long a key is public before it signs, so that every verifier and replica has it by then. */
  readonly publishAheadMs: number;
  /** How often a replica reads the keys; well below `publishAheadMs`. */
  readonly checkEveryMs: number;
}

export interface SigningKey {
  readonly id: string;
  readonly key: CryptoKey;
}

export interface KeyRing extends AsyncDisposable {
  /** The key that signs now: the newest whose time has come, so that all replicas agree. */
  readonly signer: () => SigningKey;
  /** The public keys of all tokens that may still be valid and of the key to come, as JSON text. */
  readonly publicKeys: () => string;
}

/** A key as stored. Numbers run on, so that of replicas that rotate at once one makes the next key. */
export interface StoredKey {
  readonly _id: number;
  readonly kid: string;
  readonly privateKey: JWK;
  readonly createdAt: Date;
  readonly signsFrom: Date;
}

interface LoadedKey extends SigningKey {
  readonly signsFrom: Date;
  readonly publicKey: JWK;
}

/**
 * Ed25519 keys that live in the database and rotate by themselves.
 * @param tokenTtlMs how long a token stays valid, and therefore a key public after its last signature
 */
export async function openKeyRing(
  db: Db,
  options: KeyRingOptions,
  tokenTtlMs: number,
  log: Logger,
): Promise<KeyRing> {
  const collection = db.collection<StoredKey>('signing_keys');
  let loaded: readonly LoadedKey[] = [];

  async function refresh(): Promise<void> {
    const stored = await rotate(collection, options, log);
    const needed = stored.filter(
      (_, index) => !isOver(stored[index + 1], tokenTtlMs + options.publishAheadMs),
    );
    const gone = stored.filter((key) => !needed.includes(key)).map(({ _id }) => _id);
    if (gone.length > 0) await collection.deleteMany({ _id: { $in: gone } });
    loaded = await Promise.all(needed.map(load));
  }

  await refresh();
  const checking = repeat('rotate signing keys', options.checkEveryMs, log, refresh);
  return {
    signer: () => {
      const now = new Date();
      const key = loaded.findLast(({ signsFrom }) => signsFrom <= now);
      if (!key) throw new Error('no signing key is active');
      return key;
    },
    publicKeys: () => JSON.stringify({ keys: loaded.map(({ publicKey }) => publicKey) }),
    [Symbol.asyncDispose]: () => checking[Symbol.asyncDispose](),
  };
}

/** @returns all keys by age, after making the next one if it is time */
async function rotate(
  collection: Collection<StoredKey>,
  { rotationMs, publishAheadMs }: KeyRingOptions,
  log: Logger,
): Promise<StoredKey[]> {
  const read = () => collection.find({}, { sort: { _id: 1 } }).toArray();
  const keys = await read();
  const newest = keys.at(-1);
  const now = Date.now();
  const due = newest ? newest.signsFrom.getTime() + rotationMs : now;
  if (newest && due - publishAheadMs > now) return keys;
  // Nobody verifies before there is a first key, so that one may sign at once.
  const signsFrom = new Date(newest ? Math.max(due, now + publishAheadMs) : now);
  const next = await makeKey(signsFrom);
  // Also where another replica was faster this waits for the majority, and so for the read below to see that key.
  const number = (newest?._id ?? 0) + 1;
  const { upsertedCount } = await collection.updateOne(
    { _id: number },
    { $setOnInsert: next },
    { upsert: true },
  );
  if (upsertedCount > 0) log.info({ kid: next.kid, signsFrom }, 'made a signing key');
  return await read();
}

/** Whether the last token of a key has expired, `afterMs` from when its successor began to sign. */
function isOver(successor: StoredKey | undefined, afterMs: number): boolean {
  return successor !== undefined && successor.signsFrom.getTime() + afterMs < Date.now();
}

async function makeKey(signsFrom: Date): Promise<Omit<StoredKey, '_id'>> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return { kid: randomUUID(), privateKey: await exportJWK(privateKey), createdAt: new Date(), signsFrom };
}

async function load({ kid, privateKey, signsFrom }: StoredKey): Promise<LoadedKey> {
  const { crv, x } = privateKey as JWK_OKP_Public;
  return {
    id: kid,
    key: (await importJWK(privateKey, 'EdDSA')) as CryptoKey,
    signsFrom,
    publicKey: { kty: 'OKP', crv, x, kid, alg: 'EdDSA', use: 'sig' },
  };
}
