import { once } from 'node:events';
import { startMongo, startNats, startRedis } from '@tradewind/local/servers';
import { connect } from 'nats';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectMongo } from '../src/mongo/index.ts';
import { connectNats, serverOptions } from '../src/nats/index.ts';
import { connectRedis } from '../src/redis/index.ts';
import { type TlsFiles, trustAuthority } from '../src/tls/index.ts';
import { log, patience } from './event-kit.ts';
import {
  type Certificates,
  createCertificates,
  type SecureServer,
  startSecureMongo,
  startSecureNats,
  startSecureRedis,
} from './tls-kit.ts';

interface Store {
  readonly startSecure: (files: TlsFiles) => Promise<SecureServer>;
  readonly startPlain: () => Promise<SecureServer>;
  /** Connects as the processes do, and asks something. */
  readonly enter: (port: number) => Promise<void>;
  /** One attempt, which rejects with its reason. */
  readonly attempt: (port: number) => Promise<unknown>;
  /** What it says of a server that speaks plaintext. */
  readonly plaintext: RegExp;
}

const mongoUri = (port: number) => `mongodb://localhost:${port}/?directConnection=true&tls=true`;
const natsUrl = (port: number) => `tls://localhost:${port}`;
const redisOptions = (port: number) => ({
  address: `localhost:${port}`,
  password: undefined,
  database: 0,
  tls: true,
});

const stores: Readonly<Record<string, Store>> = {
  MongoDB: {
    startSecure: startSecureMongo,
    startPlain: startMongo,
    enter: async (port) => {
      await using mongo = await connectMongo(mongoUri(port), 'test', log);
      await mongo.db.command({ ping: 1 });
    },
    attempt: async (port) => {
      await using client = new MongoClient(mongoUri(port), { serverSelectionTimeoutMS: 1_000 });
      await client.connect();
    },
    plaintext: /TLS|SSL|closed/,
  },
  NATS: {
    startSecure: startSecureNats,
    startPlain: startNats,
    enter: async (port) => {
      await using nats = await connectNats(natsUrl(port), 'test', log);
      await nats.connection.flush();
    },
    attempt: async (port) => {
      const connection = await connect({ ...serverOptions(natsUrl(port), {}), reconnect: false });
      await connection.close();
    },
    plaintext: /tls/,
  },
  Redis: {
    startSecure: startSecureRedis,
    startPlain: startRedis,
    enter: async (port) => {
      await using redis = connectRedis(redisOptions(port), log);
      await expect.poll(() => redis.status, patience).toBe('ready');
      await redis.ping();
    },
    attempt: async (port) => {
      await using redis = connectRedis(redisOptions(port), log);
      const outcome = await Promise.race([once(redis, 'ready'), once(redis, 'close')]);
      if (redis.status !== 'ready') throw outcome[0];
    },
    plaintext: /ETIMEDOUT/,
  },
};

let certificates: Certificates;
beforeAll(async () => {
  certificates = await createCertificates();
  const { authority } = await certificates.files(certificates.trusted);
  trustAuthority(authority);
});
afterAll(async () => {
  await certificates[Symbol.asyncDispose]();
});

describe.each(Object.entries(stores))(
  '%s',
  (_name, { startSecure, startPlain, enter, attempt, plaintext }) => {
    test('is used when its certificate is of the authority, and for its name', async () => {
      await using server = await startSecure(await certificates.files(certificates.trusted));
      await enter(server.port);
    });

    test('is not used with a certificate of another authority', async () => {
      await using server = await startSecure(await certificates.files(certificates.stranger));
      await expect(attempt(server.port)).rejects.toThrow(/self-signed certificate|unable to verify/);
    });

    test('is not used with a certificate for another name', async () => {
      const elsewhere = await certificates.files(certificates.trusted, ['elsewhere.example']);
      await using server = await startSecure(elsewhere);
      await expect(attempt(server.port)).rejects.toThrow(/does not match certificate/);
    });

    test('is not used when it speaks plaintext', async () => {
      await using server = await startPlain();
      await expect(attempt(server.port)).rejects.toThrow(plaintext);
    });
  },
);
