import { Type } from '@fastify/type-provider-typebox';
import type { Routes } from '../http/mount.ts';
import { problems, Status } from '../schemas/common.ts';
import type { SigningKeys } from '../signing-keys.ts';

const tags = ['Operations'];
const plain = (description: string) => ({ description, content: { 'text/plain': { schema: Status } } });

/** Probes, public keys, and the document that describes all routes. */
export const operations =
  (keys: SigningKeys): Routes =>
  (app) => {
    app.get(
      '/livez',
      {
        schema: {
          operationId: 'livez',
          tags,
          summary: 'Whether the process lives',
          description: 'For probes.',
          response: { 200: plain('It lives.') },
        },
      },
      async (_, reply) => await reply.type('text/plain').send('live\n'),
    );

    app.get(
      '/readyz',
      {
        schema: {
          operationId: 'readyz',
          tags,
          summary: 'Whether the process has started',
          description:
            'It has if it answers. That it is about to stop, only `/readyz` on the metrics port says.',
          response: { 200: plain('It has.') },
        },
      },
      async (_, reply) => await reply.type('text/plain').send('ready\n'),
    );

    app.get(
      '/.well-known/jwks.json',
      {
        schema: {
          operationId: 'getSigningKeys',
          tags,
          summary: 'The keys that verify access tokens',
          description: 'A JSON Web Key Set, RFC 7517.',
          response: {
            200: {
              description: 'The public keys.',
              content: {
                'application/json': {
                  schema: Type.Object(
                    {
                      keys: Type.Array(Type.Object({}, { additionalProperties: true }), {
                        description: 'The keys.',
                      }),
                    },
                    { description: 'A key set.' },
                  ),
                },
              },
            },
            ...problems(),
          },
        },
      },
      async (_, reply) => {
        const jwks = await keys.current();
        return await reply
          .header('cache-control', 'public, max-age=60')
          .type('application/json; charset=utf-8')
          .send(jwks as never);
      },
    );

    app.get('/openapi.json', { schema: { hide: true } }, (_, reply) =>
      reply.header('cache-control', 'public, no-cache').send(app.swagger()),
    );
  };
