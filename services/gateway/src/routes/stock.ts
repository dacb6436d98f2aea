import type { AdjustStockRequest } from '@tradewind/proto/inventory/v1/inventory';
import { invalid } from '@tradewind/shared/errors';
import type { Catalogue } from '../catalogue.ts';
import { loggedIn, onBehalf } from '../http/access.ts';
import type { Routes } from '../http/mount.ts';
import { presentMovement } from '../present/movement.ts';
import {
  answer,
  bodyProblems,
  idempotencyKey,
  idParams,
  personProblems,
  problems,
} from '../schemas/common.ts';
import { ref } from '../schemas/kit.ts';
import {
  MovementPage,
  MovementQuery,
  StockChange,
  StockChanged,
  type StockChange as Change,
} from '../schemas/stock.ts';
import type { Upstreams } from '../upstreams.ts';

const tags = ['Stock'];
const params = idParams('The product.');

/** Stock of one product, under any prefix of the products. */
export const stock =
  ({ inventory }: Upstreams, catalogue: Catalogue): Routes =>
  (app) => {
    app.post(
      '/:id/stock',
      {
        schema: {
          operationId: 'changeStock',
          tags,
          summary: 'Change stock',
          description:
            'For the creator of the product and admins. Books one movement for each key of the product, however often and by whom it is sent.',
          security: loggedIn,
          params,
          headers: idempotencyKey,
          body: ref(StockChange),
          response: {
            200: answer(ref(StockChanged), 'The movement and the level after it.'),
            ...problems(
              'NOT_FOUND',
              'OUT_OF_STOCK',
              'IDEMPOTENCY_KEY_REUSED',
              ...personProblems,
              ...bodyProblems,
            ),
          },
        },
      },
      async (request) => {
        const { id } = request.params;
        const { movement, onHand } = await inventory.adjustStock(
          {
            idempotencyKey: request.headers['idempotency-key'],
            productId: id,
            change: changeOf(request.body),
            reason: request.body.reason ?? '',
          },
          onBehalf(request),
        );
        catalogue.changed(id, movement ? { level: movement.sequence } : {});
        return { movement: movement ? presentMovement(movement) : null, on_hand: onHand };
      },
    );

    app.get(
      '/:id/movements',
      {
        schema: {
          operationId: 'listMovements',
          tags,
          summary: 'Read the ledger',
          description: 'For the creator of the product and admins.',
          security: loggedIn,
          params,
          querystring: MovementQuery,
          response: {
            200: answer(ref(MovementPage), 'Some movements.'),
            ...problems('NOT_FOUND', ...personProblems),
          },
        },
      },
      async (request) => {
        const { limit = 20, cursor = '' } = request.query;
        const page = await inventory.getMovements(
          { productId: request.params.id, pageSize: limit, pageToken: cursor },
          onBehalf(request),
        );
        return { items: page.movements.map(presentMovement), next_cursor: page.nextPageToken || null };
      },
    );
  };

function changeOf({ delta, set_to: setTo, up_to: upTo }: Change): NonNullable<AdjustStockRequest['change']> {
  if (delta !== undefined) return { $case: 'delta', value: delta };
  if (setTo !== undefined) return { $case: 'setTo', value: setTo };
  if (upTo !== undefined) return { $case: 'upTo', value: upTo };
  throw invalid('body', 'needs exactly one of delta, set_to, up_to');
}
