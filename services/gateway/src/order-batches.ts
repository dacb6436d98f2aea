import type {
  CreateOrderRequest,
  CreateOrdersRequest_Entry as Entry,
  CreateOrdersResponse_Outcome as Outcome,
  Order,
  OrderServiceServer,
} from '@tradewind/proto/order/v1/order';
import { together } from '@tradewind/shared/batching';
import { fromRpcStatus, TradewindError, unavailable } from '@tradewind/shared/errors';
import type { GrpcClient } from '@tradewind/shared/grpc';
import { currentTraceparent } from '@tradewind/shared/telemetry';

/** Who asks for an order. */
export interface Asker {
  readonly token: string;
  /** Aborts when they leave; the order may be placed all the same. */
  readonly signal: AbortSignal | undefined;
}

/** Places an order for whoever asks. @throws TradewindError what CreateOrder throws */
export type CreateOrder = (order: CreateOrderRequest, asker: Asker) => Promise<Order>;

/** As many as the order service takes in one call. */
const maxOrders = 100;
/** However slow the orders of a call are, the next call goes after this. */
const patienceMs = 50;

/** An order that is asked for, and the way to tell how it went. */
interface Wish {
  readonly entry: Entry;
  readonly signal: AbortSignal | undefined;
  readonly told: PromiseWithResolvers<Order>;
}

/**
 * Lets orders that are asked for at once share a call to the order service, which costs more than what it carries. Each
 * has an outcome of its own, as soon as it is known; the call ends early only when all who asked have left.
 */
export function createOrdersTogether(
  orders: Pick<GrpcClient<OrderServiceServer>, 'createOrders'>,
): CreateOrder {
  /** Tells everybody; never rejects. */
  async function call(wishes: readonly Wish[], heard: () => void): Promise<void> {
    const { signal, release } = whenAllHaveLeft(wishes);
    try {
      const entries = wishes.map(({ entry }) => entry);
      for await (const { outcomes } of orders.createOrders({ entries }, { signal, timeoutMs: 5_000 })) {
        for (const { index, result } of outcomes) tell(wishes[index], result);
        heard();
      }
      throw unavailable('the order service');
    } catch (error) {
      // Those who have heard hear nothing more.
      for (const { told } of wishes) told.reject(error);
    } finally {
      release();
      heard();
    }
  }

  const share = together(
    async (wishes: readonly Wish[]) => {
      const { promise: heardFirst, resolve } = Promise.withResolvers<undefined>();
      const timer = setTimeout(resolve, patienceMs, undefined);
      void call(wishes, () => {
        resolve(undefined);
      });
      await heardFirst;
      clearTimeout(timer);
      return wishes;
    },
    { maxWeight: maxOrders },
  );

  return async (order, { token, signal }) => {
    const told = Promise.withResolvers<Order>();
    // It may come before anybody looks.
    told.promise.catch(() => undefined);
    const entry = { order, accessToken: token, traceparent: currentTraceparent() ?? '' };
    await share({ entry, signal, told });
    return await told.promise;
  };
}

function tell(wish: Wish | undefined, result: Outcome['result']): void {
  if (result?.$case === 'order') wish?.told.resolve(result.value);
  else if (result) wish?.told.reject(fromRpcStatus(result.value));
}

/** @returns a signal that aborts when nobody is left, and tells whoever leaves */
function whenAllHaveLeft(wishes: readonly Wish[]): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  let present = wishes.length;
  const leaving = wishes.map(({ signal, told }) => {
    const leave = () => {
      told.reject(new TradewindError('CANCELLED', 'the client left'));
      present -= 1;
      if (present === 0) controller.abort();
    };
    if (signal?.aborted) leave();
    else signal?.addEventListener('abort', leave, { once: true });
    return { signal, leave };
  });
  return {
    signal: controller.signal,
    release: () => {
      for (const { signal, leave } of leaving) signal?.removeEventListener('abort', leave);
    },
  };
}
