import type {
  CreateOrdersRequest,
  CreateOrdersRequest_Entry as Entry,
  CreateOrdersResponse,
  CreateOrdersResponse_Outcome as Outcome,
} from '@tradewind/proto/order/v1/order';
import { asTheyEnd } from '@tradewind/shared/batching';
import { classify, invalid, toRpcStatus } from '@tradewind/shared/errors';
import type { CallContext } from '@tradewind/shared/grpc';
import type { PlaceOrder } from '../usecases/place-order.ts';
import { toCommand, toMessage } from './messages.ts';

const maxEntries = 100;
/** A message of the largest orders stays below what a client takes. */
const maxOutcomes = 25;

/** Places each order for its own person; one that fails, or takes long, is no other one's business. */
export const placeMany = (place: PlaceOrder) =>
  async function* (
    { entries }: CreateOrdersRequest,
    call: CallContext,
  ): AsyncGenerator<CreateOrdersResponse> {
    if (entries.length < 1 || entries.length > maxEntries)
      throw invalid('entries', `must be 1 to ${maxEntries}`);
    const works = entries.map(async (entry, index) => ({
      index,
      result: await resultOf(place, entry, call),
    }));
    for await (const outcomes of asTheyEnd<Outcome>(works, maxOutcomes)) yield { outcomes };
  };

async function resultOf(
  place: PlaceOrder,
  { order, accessToken: token, traceparent }: Entry,
  { actFor, signal }: CallContext,
): Promise<Outcome['result']> {
  try {
    const placed = await actFor({ token, traceparent }, async (principal) => {
      if (!order) throw invalid('order', 'is missing');
      return await place(toCommand(principal, order), signal);
    });
    return { $case: 'order', value: toMessage(placed) };
  } catch (error) {
    return { $case: 'error', value: toRpcStatus(classify(error)) };
  }
}
