import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { TradewindError } from '@tradewind/shared/errors';
import type { FastifyInstance } from 'fastify';

/**
 * JSON is the only language spoken here. An empty body counts as none, since many clients name a content type on every
 * request; keys that would reach a prototype are refused.
 */
export function acceptJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  // Fastify would wait for the end of a body that node has not even begun.
  app.addHook('preParsing', ({ raw }, _, payload, done) => {
    const isAwaited = raw.readableEnded && raw.headers['content-type'] !== undefined;
    done(null, isAwaited ? Readable.from([]) : payload);
  });
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) {
      done(null, undefined);
    } else if (!isUtf8(body)) {
      done(new TradewindError('INVALID_ARGUMENT', 'the body is not UTF-8'));
    } else {
      void parse(request, body.toString(), (error, json) => {
        done(
          error && new TradewindError('INVALID_ARGUMENT', 'the body is not valid JSON', { cause: error }),
          json,
        );
      });
    }
  });
}
