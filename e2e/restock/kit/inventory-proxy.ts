import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';

/** What the proxy does to a call. */
export type CallFault =
  /** It does not reach inventory before this resolves, whatever has become of its caller. */
  | { readonly kind: 'hold'; readonly until: Promise<void> }
  /** It does, and the answer waits until this resolves. */
  | { readonly kind: 'late'; readonly until: () => Promise<void> };

/** Stands between a controller and the real inventory service, and does to a call what the test wants. */
export interface InventoryProxy extends AsyncDisposable {
  /** `host:port` */
  readonly target: string;
  /** The methods of all calls so far, such as `AdjustStock`. */
  readonly asked: readonly string[];
  /** Decides on each call from now on; undefined lets it through. */
  fault: (method: string) => CallFault | undefined;
}

/** @param target inventory's `host:port` */
export async function startInventoryProxy(target: string): Promise<InventoryProxy> {
  const asked: string[] = [];
  const sessions = new Set<ServerHttp2Session>();
  let upstream: ClientHttp2Session | undefined;

  function toInventory(): ClientHttp2Session {
    if (upstream === undefined || upstream.closed || upstream.destroyed) {
      upstream = connect(`http://${target}`);
      // Each call is told of it.
      upstream.on('error', () => undefined);
    }
    return upstream;
  }

  const server = createServer();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => undefined);
  });
  server.on('stream', (call, headers) => {
    const method = String(headers[':path']).split('/').at(-1) ?? '';
    asked.push(method);
    call.on('error', () => undefined);
    const fault = proxy.fault(method);
    if (fault?.kind === 'hold') {
      void fault.until.then(() => {
        pass(call, headers, toInventory());
      });
    } else pass(call, headers, toInventory(), fault?.until);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: InventoryProxy = {
    target: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    fault: () => undefined,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const session of sessions) session.destroy();
      upstream?.destroy();
      await closed;
    },
  };
  return proxy;
}

function pass(
  call: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  to: ClientHttp2Session,
  mayAnswer: () => Promise<void> = () => Promise.resolve(),
): void {
  const sent = to.request(headers);
  let trailers: IncomingHttpHeaders = {};
  sent.once('trailers', (last: IncomingHttpHeaders) => {
    trailers = last;
  });
  sent.on('error', () => {
    call.close(constants.NGHTTP2_INTERNAL_ERROR);
  });
  sent.once('response', (answer, flags: number) => {
    void mayAnswer().then(() => {
      if (call.destroyed) return;
      const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      call.respond(answer, { endStream, waitForTrailers: !endStream });
      if (endStream) return;
      call.once('wantTrailers', () => {
        call.sendTrailers(trailers);
      });
      sent.pipe(call);
    });
  });
  call.once('aborted', () => {
    sent.close(constants.NGHTTP2_CANCEL);
  });
  call.pipe(sent);
}
