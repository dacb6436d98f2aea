import { randomInt } from 'node:crypto';
import { createConnection, createServer } from 'node:net';

const handedOut = new Set<number>();

/** Test files that run side by side take from different ports, so that no two get the same one at the same moment. */
const shares = 8;
const share = Number(process.env['VITEST_POOL_ID'] ?? 0) % shares;

/**
 * A free port of this machine, below the range from which the kernel gives out ports for connections: so nothing takes
 * it while a server that had it is down.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = shares * randomInt(2_500, 4_095) + share;
    if (!handedOut.has(port) && (await isPortFree(port))) {
      handedOut.add(port);
      return port;
    }
  }
}

/** True when a server can listen on the port of the loopback interface. */
export async function isPortFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1' }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/** True when something on this machine accepts connections on the port. */
export async function answers(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('error', () => {
      resolve(false);
    });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** The first bytes that a server on this machine sends, after `question` if there is one to be sent. */
export async function firstAnswer(port: number, question?: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1', timeout: 1000 });
    socket.once('error', reject);
    socket.once('timeout', () => socket.destroy(new Error('no answer')));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
    if (question !== undefined) socket.write(question);
  });
}
