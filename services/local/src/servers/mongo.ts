import { type Db, MongoClient, MongoServerError } from 'mongodb';
import { answers, freePort } from '../processes/ports.ts';
import { waitFor } from '../processes/wait-for.ts';
import { type Server, type ServerKind, type ServerOptions, startServer } from './server.ts';

export interface MongoServer extends Server {
  /** The connection string of its replica set, without a database. */
  readonly uri: string;
}

interface ReplicaSetConfig {
  readonly version: number;
  readonly members: readonly { readonly host: string }[];
}

const replicaSet = 'rs0';
const hostOf = (port: number) => `127.0.0.1:${port}`;

export interface MongoOptions extends ServerOptions {
  /** Server parameters beside those that a server of this machine has anyway. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /**
   * The ports of its replica set, its own among them; unless given, it is the only member. The first one makes the set, once
   * all of them run. Containers cannot reach each other in this way.
   */
  readonly memberPorts?: readonly number[];
}

const usualParameters = {
  diagnosticDataCollectionEnabled: 'false',
  // Nobody is there to take over: waiting for another member only delays the end.
  shutdownTimeoutMillisForSignaledShutdown: '100',
  // A process that stands still in a transaction keeps what it has locked for this long.
  transactionLifetimeLimitSeconds: '10',
};

/** So that the others choose a new primary soon; MongoDB's own default is 10 seconds. */
const settings = { electionTimeoutMillis: 2_000 };

const mongod = (memberPorts: readonly number[], parameters: MongoOptions['parameters']): ServerKind => ({
  name: 'mongod',
  args: ({ dir, host }, port) => [
    ...['--dbpath', `${dir}/data`, '--bind_ip', host, '--port', String(port), '--replSet', replicaSet],
    ...['--wiredTigerCacheSizeGB', '0.25', '--quiet'],
    ...Object.entries({ ...usualParameters, ...parameters }).flatMap(([name, value]) => [
      '--setParameter',
      `${name}=${value}`,
    ]),
  ],
  ready: async (port, signal) => {
    await waitFor(() => answers(port), signal);
    await using client = new MongoClient(`mongodb://${hostOf(port)}/?directConnection=true`);
    const admin = client.db('admin');
    if (port === memberPorts[0]) await makeReplicaSet(admin, memberPorts, signal);
    await waitFor(() => hasPrimary(admin), signal);
  },
});

/** Starts a member of a MongoDB replica set, and waits until it is the primary or follows it. */
export async function startMongo({
  parameters,
  port: given,
  memberPorts: all,
  ...options
}: MongoOptions = {}): Promise<MongoServer> {
  const port = given ?? (await freePort());
  const memberPorts = all ?? [port];
  const server = await startServer(mongod(memberPorts, parameters), { ...options, port });
  return { ...server, uri: `mongodb://${memberPorts.map(hostOf).join(',')}/?replicaSet=${replicaSet}` };
}

async function hasPrimary(admin: Db): Promise<boolean> {
  const { isWritablePrimary, secondary, primary, me } = await admin.command({ hello: 1 });
  return isWritablePrimary === true || (secondary === true && primary !== undefined && primary !== me);
}

/** With all members under their present addresses: the data may have been written under other ports. */
async function makeReplicaSet(admin: Db, ports: readonly number[], signal: AbortSignal): Promise<void> {
  const members = ports.map((port, _id) => ({ _id, host: hostOf(port) }));
  const known = await currentConfig(admin);
  if (known === undefined) {
    for (const port of ports) await waitFor(() => answers(port), signal);
    try {
      await admin.command({ replSetInitiate: { _id: replicaSet, members, settings } });
    } catch (error) {
      // Until it has read what it knows, a member that starts again answers as if it knew nothing.
      if (!hasCode(error, 'AlreadyInitialized')) throw error;
      await makeReplicaSet(admin, ports, signal);
    }
  } else if (members.some(({ _id, host }) => known.members[_id]?.host !== host)) {
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
    if (hasCode(error, 'NotYetInitialized')) return undefined;
    throw error;
  }
}

const hasCode = (error: unknown, name: string): boolean =>
  error instanceof MongoServerError && error.codeName === name;
