import { createRequire } from 'node:module';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

const { version } = createRequire(import.meta.url)('../../package.json') as { readonly version: string };

const description = `The REST interface of Tradewind.

- Errors are \`application/problem+json\` (RFC 9457) with a \`code\` of a closed set.
- Amounts of money are in minor units; times are RFC 3339 in UTC.
- Lists come in pages: give \`next_cursor\` back as \`cursor\`.
- A request with an \`Idempotency-Key\` may be repeated until it is answered.`;

/** Documents the routes that are registered after this, at /openapi.json and for people at /docs. */
export async function documentRoutes(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Tradewind', version, description, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: '/', description: 'Here.' }],
      tags: [
        { name: 'Users', description: 'People and their profiles.' },
        { name: 'Sessions', description: 'Logging in and out.' },
        { name: 'Products', description: 'The catalogue.' },
        { name: 'Stock', description: 'The ledger of each product.' },
        { name: 'Orders', description: 'Placing and following orders.' },
        { name: 'Mail', description: 'Mail on demand.' },
        { name: 'Operations', description: 'Probes, keys and this document.' },
      ],
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'The `access_token` that logging in gives.',
          },
        },
      },
    },
    refResolver: { buildLocalReference: ({ $id }) => $id as string },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { validatorUrl: null, deepLinking: true },
    // Nothing from elsewhere; swagger-ui sets style attributes and draws its icons from data URLs.
    staticCSP: {
      'default-src': "'self'",
      'base-uri': "'self'",
      'frame-ancestors': "'self'",
      'img-src': ["'self'", 'data:'],
      'object-src': "'none'",
      'script-src': "'self'",
      'style-src': ["'self'", "'unsafe-inline'"],
    },
  });
}
