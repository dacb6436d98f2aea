import { type Db, MongoClient, MongoServerError } from 'mongodb';
import { answers } from '../processes/ports.ts';
import { waitFor } from '../processes/wait-for.ts';
import { type Server, type ServerKind, type ServerOptions, startServer } from './server.ts';

export interface MongoServer extends Server {
  /** The connection string, without a database. */
  readonly uri: string;
}

interface ReplicaSetConfig {
  readonly version: number;
  readonly members: readonly { readonly host: string }[];
}

const replicaSet = 'rs0';

export interface MongoOptions extends ServerOptions {
  /** Server parameters beside those that a server of this machine has anyway. */
  readonly parameters?: Readonly<Record<string, string>>;
}

const usualParameters = {
  diagnosticDataCollectionEnabled: 'false',
  // Nobody is there to take over: waiting for another member only delays the end.
  shutdownTimeoutMillisForSignaledShutdown: '100',
  // A process that stands still in a transaction keeps what it has locked for this long.
  transactionLifetimeLimitSeconds: '10',
};

const mongod = (parameters: MongoOptions['parameters']): ServerKind => ({
  name: 'mongod',
  args: ({ dir, host }, port) => [
    ...['--dbpath', `${dir}/data`, '--bind_ip', host, '--port', String(port), '--replSet', replicaSet],
    ...['--wiredTigerCacheSizeGB', '0.25', '--quiet'],
    ...Object.entries({ ...usualParameters, ...parameters }).flatMap(([name, value]) => [
      '--setParameter',
      `${name}=${value}`,
    ]),
  ],
  ready: becomePrimary,
});

/** Starts a MongoDB replica set of one member, and waits until it is primary. */
export async function startMongo({ parameters, ...options }: MongoOptions = {}): Promise<MongoServer> {
  const server = await startServer(mongod(parameters), options);
  return { ...server, uri: `mongodb://127.0.0.1:${server.port}/?replicaSet=${replicaSet}` };
}

async function becomePrimary(port: number, signal: AbortSignal): Promise<void> {
  await waitFor(() => answers(port), signal);
  const host = `127.0.0.1:${port}`;
  await using client = new MongoClient(`mongodb://${host}/?directConnection=true`);
  const admin = client.db('admin');
  await joinReplicaSet(admin, host);
  await waitFor(async () => (await admin.command({ hello: 1 }))['isWritablePrimary'] === true, signal);
}

/** Makes the server the only member, under its present address: the data may have been written under another port. */
async function joinReplicaSet(admin: Db, host: string): Promise<void> {
  const members = [{ _id: 0, host }];
  const known = await currentConfig(admin);
  if (known === undefined) {
    await admin.command({ replSetInitiate: { _id: replicaSet, members } });
  } else if (known.members[0]?.host !== host) {
    await admin.command({
      replSetReconfig: { ...known, members, version: known.version + 1 },
      force: true,
    });
  }
}

async function currentConfig(admin: Db): Promise<ReplicaSetConfig | undefined> {
  try {
    return (await admin.command({ replSetGetConfig: 1 }))['config'] as ReplicaSetConfig;
  } catch (error) {
    if (error instanceof MongoServerError && error.codeName === 'NotYetInitialized') return undefined;
    throw error;
  }
}
