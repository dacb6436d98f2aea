import { type Server, startServer } from '@tradewind/local/servers';
import { MongoClient } from 'mongodb';

export interface Member extends Server {
  /** `host:port`, as the members call it. */
  readonly host: string;
}

export interface MemberTls {
  readonly authority: string;
  /** Certificate and key in one file. */
  readonly combined: string;
}

/** Starts a mongod as the chart does: with a key file, and in no replica set yet. It is ready when it answers. */
export async function startMember(keyFile: string, tls?: MemberTls): Promise<Member> {
  const server = await startServer({
    name: 'mongod',
    args: ({ dir, host }, port) => [
      ...['--dbpath', `${dir}/data`, '--bind_ip', host, '--port', String(port)],
      ...['--replSet', 'rs0', '--keyFile', keyFile, '--nounixsocket', '--quiet'],
      ...['--wiredTigerCacheSizeGB', '0.25', '--setParameter', 'transactionLifetimeLimitSeconds=10'],
      ...['--setParameter', 'enableLocalhostAuthBypass=false'],
      ...(tls ? tlsArguments(tls) : []),
    ],
    ready: (port) => answers(port, tls),
  });
  return { ...server, host: `127.0.0.1:${server.port}` };
}

const tlsArguments = ({ authority, combined }: MemberTls) => [
  ...['--tlsMode', 'requireTLS', '--tlsCertificateKeyFile', combined, '--tlsCAFile', authority],
  '--tlsAllowConnectionsWithoutCertificates',
];

async function answers(port: number, tls: MemberTls | undefined): Promise<void> {
  const uri = `mongodb://127.0.0.1:${port}/?directConnection=true`;
  const secure = tls ? { tls: true, tlsCAFile: tls.authority } : {};
  await using client = new MongoClient(uri, { serverSelectionTimeoutMS: 60_000, ...secure });
  await client.connect();
}
