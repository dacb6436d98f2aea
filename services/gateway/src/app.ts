import { Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createTokenVerifier, watchRevocations } from '@tradewind/shared/auth';
import { connectRedis } from '@tradewind/shared/redis';
import type { Logger } from '@tradewind/shared/telemetry';
import { followCertificate, type Identity } from '@tradewind/shared/tls';
import { createCatalogue } from './catalogue.ts';
import type { GatewayConfig } from './config.ts';
import { followEvents } from './event-feed.ts';
import { buildHttp } from './http.ts';
import { createOrdersTogether } from './order-batches.ts';
import { allRoutes } from './routes/index.ts';
import { createSigningKeys } from './signing-keys.ts';
import { connectUpstreams } from './upstreams.ts';
import { createDecisions } from './waiting.ts';

export interface Gateway extends AsyncDisposable {
  /** Where it answers, without a slash at the end. */
  readonly url: string;
}

/** Starts the gateway. Disposing stops accepting, finishes the requests under way, and closes the rest. */
export async function startGateway(config: GatewayConfig, log: Logger): Promise<Gateway> {
  await using stack = new AsyncDisposableStack();
  const upstreams = stack.use(connectUpstreams(config));
  const revocations = stack.use(await watchRevocations(stack.use(connectRedis(config.redis, log)), log));
  const keys = createSigningKeys(async () => (await upstreams.users.getSigningKeys({})).jwksJson, log);
  const verifier = createTokenVerifier({
    fetchKeys: keys.fetch,
    secret: config.jwtSecret,
    isRevoked: revocations.has,
  });

  const decisions = createDecisions();
  const catalogue = createCatalogue(upstreams.products);
  stack.use(
    await followEvents(
      config.natsUrl,
      {
        orderConfirmed: (id, at) => {
          decisions.announce(id, at ? { confirmedAt: at } : {});
        },
        orderCancelled: (id) => {
          decisions.announce(id, {});
        },
        productChanged: (id, version) => {
          catalogue.changed(id, version === undefined ? {} : { version });
        },
        levelChanged: (id, level) => {
          catalogue.changed(id, level === undefined ? {} : { level });
        },
        hearing: () => {
          decisions.resume();
          catalogue.resume();
        },
        deaf: () => {
          decisions.suspend();
          catalogue.suspend();
        },
      },
      log,
      config.nats,
    ),
  );

  const { decisionWaitMs, corsOrigins } = config;
  const createOrder = createOrdersTogether(upstreams.orders);
  const routes = allRoutes({ upstreams, catalogue, keys, createOrder, decisions, decisionWaitMs });
  const { tls } = config;
  const options = { corsOrigins, verifier, log, routes, secure: tls !== undefined };
  const http = stack.adopt(await buildHttp(options), (app) => app.close());
  const certify = (identity: Identity) => {
    if (http.server instanceof SecureServer) http.server.setSecureContext(identity);
  };
  if (tls) stack.use(await followCertificate(tls, log, certify));
  await http.listen({ host: config.host, port: config.port });
  const { port } = http.server.address() as AddressInfo;
  const resources = stack.move();
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
