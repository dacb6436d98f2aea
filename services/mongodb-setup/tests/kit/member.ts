import { type Server, startServer } from '@tradewind/local/servers';
import { MongoClient } from 'mongodb';

export interface Member extends Server {
  /** `host:port`, as the members call it. */
  readonly host: string;
}

/** Starts a mongod as the chart does: with a key file, and in no replica set yet. It is ready when it answers. */
export async function startMember(keyFile: string): Promise<Member> {
  const server = await startServer({
    name: 'mongod',
    args: ({ dir, host }, port) => [
      ...['--dbpath', `${dir}/data`, '--bind_ip', host, '--port', String(port)],
      ...['--replSet', 'rs0', '--keyFile', keyFile, '--nounixsocket', '--quiet'],
      ...['--wiredTigerCacheSizeGB', '0.25', '--setParameter', 'transactionLifetimeLimitSeconds=10'],
      ...['--setParameter', 'enableLocalhostAuthBypass=false'],
    ],
    ready: answers,
  });
  return { ...server, host: `127.0.0.1:${server.port}` };
}

async function answers(port: number): Promise<void> {
  const uri = `mongodb://127.0.0.1:${port}/?directConnection=true`;
  await using client = new MongoClient(uri, { serverSelectionTimeoutMS: 60_000 });
  await client.connect();
}
