import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** How long a client that has connected, or begun to ask, may take for the rest when the server closes. */
const restOfHeadMs = 1000;

/**
 * Closing waits for requests, and not for connections on which none has begun. Node counts these as active, and
 * stops looking for the late ones among them when it closes.
 */
export function closeUnusedConnections(app: FastifyInstance): void {
  // TCP connections, also when TLS is spoken on them: the handshake may be what does not come.
  const connections = new Set<Socket>();
  let underWay = 0;
  const answered = () => {
    underWay -= 1;
  };
  const begun: RequestListener = (_, answer) => {
    underWay += 1;
    answer.once('close', answered);
  };
  app.server.on('request', begun);
  app.server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  app.addHook('preClose', (done) => {
    const timer = setInterval(() => {
      if (underWay === 0) for (const socket of connections) socket.destroy();
    }, restOfHeadMs);
    app.server.once('close', () => {
      clearInterval(timer);
    });
    done();
  });
}
