import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Bytes that belong together, and what they say; undefined for what nobody asks for. */
export interface Frame<M> {
  readonly bytes: Buffer;
  readonly message: M | undefined;
}

/** Cuts a stream into frames: takes what has arrived and gives the frames that are whole now. */
export type Framer<M> = (chunk: Buffer) => readonly Frame<M>[];

export interface Held<M> {
  /** Resolves with the message that is held. It and what comes after it on its way do not reach the other side. */
  readonly reached: Promise<M>;
  /** Lets everything go on. */
  readonly release: () => void;
  /** Ends the connection without passing on what was held, as when the sender's machine dies with its buffers. */
  readonly drop: () => void;
}

/** A TCP proxy before a server that can stop a message between the two sides. */
export interface Proxy<M> extends AsyncDisposable {
  readonly port: number;
  /** Stops the next message that matches. */
  readonly hold: (match: (message: M) => boolean) => Held<M>;
  /** Resets every connection; new ones are taken. */
  readonly cut: () => void;
}

/** The framers of one connection. They may share what they know of it. */
export type Protocol<M> = () => { readonly fromClient: Framer<M>; readonly fromServer: Framer<M> };

interface Trap<M> extends Held<M> {
  readonly match: (message: M) => boolean;
  readonly spring: (message: M) => void;
  readonly end: Promise<'release' | 'drop'>;
}

/** @param target the server's port on this machine */
export async function startProxy<M>(target: number, protocol: Protocol<M>): Promise<Proxy<M>> {
  const traps = new Set<Trap<M>>();
  const sockets = new Set<Socket>();

  const trapFor = (message: M | undefined): Trap<M> | undefined =>
    message === undefined ? undefined : traps.values().find(({ match }) => match(message));

  /** In the order received: nothing overtakes a frame that is held. */
  async function pass(from: Socket, to: Socket, frames: Framer<M>): Promise<void> {
    for await (const chunk of from) {
      for (const { bytes, message } of frames(chunk as Buffer)) {
        const trap = trapFor(message);
        if (trap && message !== undefined) {
          traps.delete(trap);
          trap.spring(message);
          if ((await trap.end) === 'drop') {
            from.destroy();
            to.destroy();
          }
        }
        if (to.destroyed) return;
        to.write(bytes);
      }
    }
    to.end();
  }

  function accept(client: Socket): void {
    const server = connect(target, '127.0.0.1');
    const { fromClient, fromServer } = protocol();
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    // Told by the sockets' errors.
    pass(client, server, fromClient).catch(() => undefined);
    pass(server, client, fromServer).catch(() => undefined);
  }

  const listener = createServer(accept);
  await listening(listener);
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (listener.address() as AddressInfo).port,
    hold: (match) => {
      const trap = newTrap(match);
      traps.add(trap);
      return trap;
    },
    cut,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => listener.close(resolve));
      cut();
      await closed;
    },
  };
}

function newTrap<M>(match: (message: M) => boolean): Trap<M> {
  const reached = Promise.withResolvers<M>();
  const end = Promise.withResolvers<'release' | 'drop'>();
  return {
    match,
    spring: reached.resolve,
    reached: reached.promise,
    end: end.promise,
    release: () => {
      end.resolve('release');
    },
    drop: () => {
      end.resolve('drop');
    },
  };
}

const listening = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
