import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { MongoClient } from 'mongodb';
import {
  type ProductServiceServer,
  ProductServiceDefinition,
  ProductServiceService,
} from '@tradewind/proto/inventory/v1/inventory';
import { grpcClient } from '@tradewind/shared/grpc';
import type { TlsFiles } from '@tradewind/shared/tls';

/** How a server is spoken to on the loopback interface. */
export interface Way {
  readonly port: number;
  /** PEM, of the authority by which its certificate is verified; without it all goes in plaintext. */
  readonly ca: string | undefined;
}

/** The certificate is for it too. */
const host = 'localhost';

/** The status with which the gateway lists products. Rejects when it speaks another language, or has a wrong certificate. */
export async function askGateway({ port, ca }: Way): Promise<number | undefined> {
  const url = { host, port, path: '/api/products', agent: false } as const;
  const asked = ca === undefined ? get(url) : getSecurely({ ...url, ca });
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return response.resume().statusCode;
}

/**
 * How many products inventory knows by a number that none has, as the order service asks.
 *
 * @throws TradewindError
 */
export async function askInventory(port: number, key: string, tls: TlsFiles | undefined): Promise<number> {
  const options = { target: `${host}:${port}`, caller: 'order', key, tls } as const;
  await using products = grpcClient<ProductServiceServer>(
    ProductServiceService,
    ProductServiceDefinition,
    options,
  );
  const { products: found } = await products.getProducts({ ids: [], skus: ['SKU-none'] });
  return found.length;
}

/** Logs in to MongoDB, and rejects where that is not possible. */
export async function askMongo({ port, ca }: Way, user: string, password: string): Promise<void> {
  const mongo = new MongoClient(`mongodb://${host}:${port}/?directConnection=true`, {
    auth: { username: user, password },
    authSource: 'admin',
    serverSelectionTimeoutMS: 2_000,
    // It is tried once: a forwarded port is shut for a moment after a refusal.
    minHeartbeatFrequencyMS: 10_000,
    ...(ca === undefined ? {} : { tls: true, ca }),
  });
  try {
    await mongo.db('admin').command({ ping: 1 });
  } finally {
    await mongo.close();
  }
}

/** Logs in to NATS, and rejects when it hangs up. The driver would speak TLS unasked, since the server demands it. */
export async function askNats({ port, ca }: Way, user: string, password: string): Promise<void> {
  const plain = connect(port, host);
  // NATS says in plaintext that it wants TLS, and only then the handshake begins.
  await once(plain, 'data');
  const login = JSON.stringify({ user, pass: password, verbose: false });
  const socket = ca === undefined ? plain : connectSecurely({ socket: plain, host, ca });
  await hear(socket, `CONNECT ${login}\r\nPING\r\n`, 'PONG');
}

/** Logs in to Redis, and rejects when it hangs up. */
export async function askRedis({ port, ca }: Way, password: string): Promise<void> {
  const socket = ca === undefined ? connect(port, host) : connectSecurely({ port, host, ca });
  await hear(socket, `AUTH ${password}\r\nPING\r\n`, '+PONG');
}

async function hear(socket: Socket, words: string, hoped: string): Promise<void> {
  socket.write(words);
  let heard = '';
  for await (const chunk of socket) {
    heard += String(chunk);
    if (heard.includes(hoped)) return;
  }
  throw new Error(`hung up after saying ${JSON.stringify(heard)}`);
}
