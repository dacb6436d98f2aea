import { TradewindError } from '@tradewind/shared/errors';
import type { FastifyInstance } from 'fastify';

/**
 * Watches the routes that are registered after this. The function returned gives every path its 405, with Allow, for the
 * methods that it does not have; it is called when all routes are there.
 */
export function watchMethods(app: FastifyInstance): () => void {
  const methodsByPath = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url: pattern, method }) => {
    const url = pattern.replace(/(?<=.)\/$/, '');
    if (url.includes('*')) return;
    const methods = methodsByPath.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    methodsByPath.set(url, methods);
  });
  return () => {
    for (const [url, present] of [...methodsByPath]) {
      const allow = [...present, 'OPTIONS'].sort().join(', ');
      const missing = app.supportedMethods.filter((method) => method !== 'OPTIONS' && !present.has(method));
      app.route({
        url,
        method: missing,
        exposeHeadRoute: false,
        schema: { hide: true },
        // Before the body is read: it does not matter here.
        onRequest: (request, reply, next) => {
          reply.header('allow', allow);
          next(
            new TradewindError('METHOD_NOT_ALLOWED', `${request.method} is not allowed here; ${allow} are`),
          );
        },
        handler: () => undefined,
      });
    }
  };
}
