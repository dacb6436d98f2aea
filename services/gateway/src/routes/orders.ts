import { loggedIn, onBehalf } from '../http/access.ts';
import type { Routes } from '../http/mount.ts';
import { addressMessage, presentOrder, statusOf } from '../present/order.ts';
import { answer, bodyProblems, idParams, personProblems, problems } from '../schemas/common.ts';
import { ref } from '../schemas/kit.ts';
import { Order, OrderChange, OrderPage, OrderQuery, StatusChange } from '../schemas/orders.ts';
import type { Upstreams } from '../upstreams.ts';

const tags = ['Orders'];
const params = idParams('The order.');

/** Reading and cancelling orders, under any prefix. */
export const orders =
  ({ orders: upstream }: Upstreams): Routes =>
  (app) => {
    app.get(
      '/',
      {
        schema: {
          operationId: 'listOrders',
          tags,
          summary: 'List orders',
          description: 'Your own, or those of `user_id` for admins, newest first.',
          security: loggedIn,
          querystring: OrderQuery,
          response: { 200: answer(ref(OrderPage), 'Some orders.'), ...problems(...personProblems) },
        },
      },
      async (request) => {
        const { limit = 20, cursor = '', offset = 0, status, user_id: userId = '' } = request.query;
        const page = await upstream.getOrdersByUser(
          {
            userId,
            pageSize: limit,
            pageToken: cursor,
            offset,
            status: status ? statusOf[status] : 'ORDER_STATUS_UNSPECIFIED',
          },
          onBehalf(request),
        );
        return { items: page.orders.map(presentOrder), next_cursor: page.nextPageToken || null };
      },
    );

    app.get(
      '/:id',
      {
        schema: {
          operationId: 'getOrder',
          tags,
          summary: 'Read an order',
          description: 'For its owner and admins.',
          security: loggedIn,
          params,
          response: { 200: answer(ref(Order), 'The order.'), ...problems('NOT_FOUND', ...personProblems) },
        },
      },
      async (request) => presentOrder(await upstream.getOrder({ id: request.params.id }, onBehalf(request))),
    );

    app.delete(
      '/:id',
      {
        schema: {
          operationId: 'cancelOrder',
          tags,
          summary: 'Cancel an order',
          description: 'Gives the stock back and keeps the history. For its owner and admins.',
          security: loggedIn,
          params,
          response: {
            200: answer(ref(Order), 'The order, CANCELLED.'),
            ...problems('NOT_FOUND', 'ILLEGAL_STATE', ...personProblems),
          },
        },
      },
      async (request) =>
        presentOrder(await upstream.deleteOrder({ id: request.params.id }, onBehalf(request))),
    );
  };

/** PATCH of address and note at /:id. */
export const orderChange =
  ({ orders: upstream }: Upstreams): Routes =>
  (app) => {
    app.patch(
      '/:id',
      {
        schema: {
          operationId: 'updateOrder',
          tags,
          summary: 'Change an order',
          description: 'Address and note, while it is PENDING; never items or total.',
          security: loggedIn,
          params,
          body: ref(OrderChange),
          response: {
            200: answer(ref(Order), 'The order as it is now.'),
            ...problems('NOT_FOUND', 'ILLEGAL_STATE', ...personProblems, ...bodyProblems),
          },
        },
      },
      async (request) => {
        const { address, note } = request.body;
        const change = { id: request.params.id, address: address && addressMessage(address), note };
        return presentOrder(await upstream.updateOrder(change, onBehalf(request)));
      },
    );
  };

/** PATCH of the status, at the path given. */
export const orderStatus =
  ({ orders: upstream }: Upstreams, path: '/:id' | '/:id/status'): Routes =>
  (app) => {
    app.patch(
      path,
      {
        schema: {
          operationId: 'updateOrderStatus',
          tags,
          summary: 'Complete or cancel an order',
          description:
            'CANCELLED by its owner and admins, COMPLETED by admins. An order in the state already stays as it is.',
          security: loggedIn,
          params,
          body: ref(StatusChange),
          response: {
            200: answer(ref(Order), 'The order as it is now.'),
            ...problems('NOT_FOUND', 'ILLEGAL_STATE', ...personProblems, ...bodyProblems),
          },
        },
      },
      async (request) => {
        const { status, reason = '' } = request.body;
        const change = { id: request.params.id, status: statusOf[status], reason };
        return presentOrder(await upstream.updateOrderStatus(change, onBehalf(request)));
      },
    );
  };
