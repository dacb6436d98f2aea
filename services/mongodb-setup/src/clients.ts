import { MongoClient, type MongoClientOptions } from 'mongodb';
import type { SetupConfig } from './config.ts';

export type Member = Pick<SetupConfig, 'key' | 'tls'>;

/** A client that the members take for one of them, which they do before there are any users. */
const asMember = ({ key, tls }: Member): MongoClientOptions => ({
  auth: { username: '__system', password: key },
  authSource: 'local',
  authMechanism: 'SCRAM-SHA-256',
  tls,
  appName: 'mongodb-setup',
  serverSelectionTimeoutMS: 5_000,
  connectTimeoutMS: 3_000,
});

/** Connects to one member, whatever state it is in. */
export async function connectMember(host: string, member: Member): Promise<MongoClient> {
  const client = new MongoClient(`mongodb://${host}/?directConnection=true`, asMember(member));
  return await connected(client);
}

/** Connects to the primary of the set. */
export async function connectPrimary(config: SetupConfig): Promise<MongoClient> {
  const uri = `mongodb://${config.members.join(',')}/?replicaSet=${config.replicaSet}`;
  const client = new MongoClient(uri, {
    ...asMember(config),
    writeConcern: { w: 'majority', journal: true },
  });
  return await connected(client);
}

async function connected(client: MongoClient): Promise<MongoClient> {
  try {
    return await client.connect();
  } catch (error) {
    await client.close();
    throw error;
  }
}
