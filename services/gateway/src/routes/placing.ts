import { randomUUID } from 'node:crypto';
import { Type } from '@fastify/type-provider-typebox';
import type { Order as OrderMessage } from '@tradewind/proto/order/v1/order';
import { TradewindError } from '@tradewind/shared/errors';
import { loggedIn, onBehalf, principalOf } from '../http/access.ts';
import type { Routes } from '../http/mount.ts';
import type { CreateOrder } from '../order-batches.ts';
import { addressMessage, presentOrder, refusalOf } from '../present/order.ts';
import { answer, bodyProblems, optionalIdempotencyKey, personProblems, problems } from '../schemas/common.ts';
import { ref } from '../schemas/kit.ts';
import { NewOrder, Order } from '../schemas/orders.ts';
import type { Upstreams } from '../upstreams.ts';
import { whenDecided, type Decisions } from '../waiting.ts';

export interface PlacingOptions {
  readonly createOrder: CreateOrder;
  readonly decisions: Decisions;
  /** How long placing an order waits for its decision. */
  readonly decisionWaitMs: number;
}

const location = { type: 'string', description: 'Where the order is.' } as const;
const retryAfter = { type: 'integer', description: 'Seconds after which to look again.' } as const;

const refused = {
  description: '`OUT_OF_STOCK`: nothing was reserved. `ORDER_CANCELLED`: somebody cancelled it meanwhile.',
  content: { 'application/problem+json': { schema: Type.Unsafe<unknown>({ $ref: 'OrderRefused#' }) } },
};

/** Placing an order and waiting for its decision, under any prefix. */
export const placing =
  ({ orders: upstream }: Upstreams, { createOrder, decisions, decisionWaitMs }: PlacingOptions): Routes =>
  (app) => {
    app.post(
      '/',
      {
        schema: {
          operationId: 'createOrder',
          tags: ['Orders'],
          summary: 'Place an order',
          description: [
            'Stores the order and waits a few seconds for stock to be reserved.',
            'A repeat with the same key answers with the same order in its present state.',
          ].join(' '),
          security: loggedIn,
          headers: optionalIdempotencyKey,
          body: ref(NewOrder),
          response: {
            201: answer(ref(Order), 'The stock is reserved.', { Location: location }),
            202: answer(ref(Order), 'Stored, and not decided yet.', {
              Location: location,
              'Retry-After': retryAfter,
            }),
            ...problems(
              'NOT_FOUND',
              'IDEMPOTENCY_KEY_REUSED',
              'TOTAL_MISMATCH',
              'UNPRICEABLE',
              ...personProblems,
              ...bodyProblems,
            ),
            409: refused,
          },
        },
      },
      async (request, reply) => {
        const { items, total, address, note = '', user_id: userId } = request.body;
        if (userId !== undefined && userId !== principalOf(request).userId) {
          throw new TradewindError('PERMISSION_DENIED', 'user_id is not yours: order for yourself');
        }
        const key = request.headers['idempotency-key'];
        const placed = await createOrder(
          {
            idempotencyKey: key ?? '',
            requestId: key === undefined ? randomUUID() : undefined,
            items: items.map(({ product_id: productId, quantity }) => ({ productId, quantity })),
            expectedTotal: total,
            address: address && addressMessage(address),
            note,
          },
          { token: request.token ?? '', signal: request.departure },
        );
        // The order is accepted: a reading that fails now only means that its decision is not known yet.
        const read = async (id: string): Promise<OrderMessage> => {
          try {
            return await upstream.getOrder({ id }, onBehalf(request));
          } catch (error) {
            request.log.warn({ err: error, order_id: id }, 'an accepted order could not be read');
            return placed;
          }
        };
        const order = await whenDecided(placed, {
          decisions,
          limitMs: decisionWaitMs,
          read,
          signal: request.departure,
        });
        if (order.status === 'ORDER_STATUS_CANCELLED') throw refusalOf(order);
        const pending = order.status === 'ORDER_STATUS_PENDING';
        if (pending) reply.header('retry-after', 1);
        reply.header('location', `/api/orders/${order.id}`);
        return await reply.code(pending ? 202 : 201).send(presentOrder(order));
      },
    );
  };
