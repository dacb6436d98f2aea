import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '@tradewind/local/kubernetes';
import { createLogger } from '@tradewind/shared/telemetry';
import { trustAuthority } from '@tradewind/shared/tls';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMongoSetup } from '../src/app.ts';
import { readSetupConfig } from '../src/config.ts';
import { type MemberTls, startMember } from './kit/member.ts';

const log = createLogger('mongodb-setup-test', 'silent');
const key = 'aVerySecretKeyOfTheMembers';

let folder: string;
let keyFile: string;
let tls: MemberTls;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tradewind-mongodb-setup-tls-'));
  keyFile = join(folder, 'keyfile');
  tls = { authority: join(folder, 'ca.crt'), combined: join(folder, 'tls-combined.pem') };
  const authority = createAuthority('of the shop');
  const own = authority.issue({ commonName: 'mongodb' }, ['127.0.0.1']);
  await writeFile(keyFile, key, { mode: 0o400 });
  await writeFile(tls.authority, authority.certificate);
  await writeFile(tls.combined, own.key + own.certificate);
  trustAuthority(tls.authority);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

test('members that take nothing but TLS become a replica set, and so speak it among themselves', async () => {
  await using one = await startMember(keyFile, tls);
  await using two = await startMember(keyFile, tls);
  const config = readSetupConfig({
    MONGO_MEMBERS: `${one.host},${two.host}`,
    MONGO_KEY: key,
    MONGO_OWNERS: 'tradewind_order=of-order',
    TLS_CA_FILE: tls.authority,
    TLS_CERT_FILE: tls.combined,
    TLS_KEY_FILE: tls.combined,
  });
  await using setup = await startMongoSetup(config, log);
  expect(setup).toBeDefined();

  const uri = `mongodb://tradewind_order:of-order@${one.host},${two.host}/?replicaSet=rs0&authSource=admin`;
  await using order = await new MongoClient(`${uri}&tls=true&w=2&wtimeoutMS=20000`).connect();
  await order.db('tradewind_order').collection('orders').insertOne({ a: 1 });

  await using careless = new MongoClient(uri, { serverSelectionTimeoutMS: 500 });
  await expect(careless.connect()).rejects.toThrow(/closed|timed out/);
});
