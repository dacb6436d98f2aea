import { readFileSync } from 'node:fs';
import Fastify from 'fastify';

/** Answers the bytes in a file of `{ [path]: body }`, and does nothing else. Arguments: port and file. */
const [port = '', file = ''] = process.argv.slice(2);
const bodies = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
const products = new Map(Object.entries(bodies).map(([id, body]) => [id, Buffer.from(body)]));
const type = 'application/json; charset=utf-8';

const app = Fastify();
app.get('/api/products', (_, reply) => reply.type(type).send(products.get('list')));
app.get<{ Params: { id: string } }>('/api/products/:id', (request, reply) =>
  reply.type(type).send(products.get(request.params.id)),
);
await app.listen({ port: Number(port), host: '127.0.0.1' });
