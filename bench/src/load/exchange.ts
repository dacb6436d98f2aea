import { connect, type Socket } from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** One keep-alive connection that carries one request at a time. */
export interface Connection extends Disposable {
  /** Calls back with the answer, or with what went wrong. */
  exchange: (request: Buffer, done: (answer: HttpAnswer | Error) => void) => void;
}

const headEnd = Buffer.from('\r\n\r\n');

/**
 * A client that does as little as possible for an answer with a content-length: on a machine with few cores, what the load
 * generator spends is missing to the server that is measured.
 */
export function openConnection(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(speakHttp(socket));
    });
  });
}

function speakHttp(socket: Socket): Connection {
  let waiting: ((answer: HttpAnswer | Error) => void) | undefined;
  let received: Buffer | undefined;
  const answer = (result: HttpAnswer | Error) => {
    const done = waiting;
    waiting = undefined;
    received = undefined;
    done?.(result);
  };
  socket.on('data', (chunk) => {
    received = received ? Buffer.concat([received, chunk]) : chunk;
    const parsed = parse(received);
    if (parsed) answer(parsed);
  });
  socket.on('error', answer);
  socket.on('close', () => {
    answer(new Error('the server closed the connection'));
  });
  return {
    exchange(request, done) {
      waiting = done;
      if (socket.destroyed) answer(new Error('the connection is closed'));
      else socket.write(request);
    },
    [Symbol.dispose]() {
      socket.destroy();
    },
  };
}

/** Undefined while the answer is not there as a whole. */
function parse(bytes: Buffer): HttpAnswer | Error | undefined {
  const end = bytes.indexOf(headEnd);
  if (end < 0) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) return new Error(`an answer without a content-length: ${head}`);
  const start = end + headEnd.length;
  if (bytes.length < start + Number(length)) return undefined;
  return { status: Number(head.slice(9, 12)), body: bytes.subarray(start) };
}
