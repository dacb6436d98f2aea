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
const timeoutMs = 5_000;

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
    const untold = new Set(wishes);
    const { signal, release } = whenAllHaveLeft(untold);
    const endsAt = performance.now() + timeoutMs;
    let answered = false;
    const attempt = async () => {
      const asked = [...untold];
      if (asked.length === 0) return;
      const entries = asked.map(({ entry }) => entry);
      const options = { signal, timeoutMs: endsAt - performance.now() };
      for await (const { outcomes } of orders.createOrders({ entries }, options)) {
        for (const { index, result } of outcomes) {
          const wish = asked[index];
          if (!wish || !result) continue;
          tell(wish, result);
          untold.delete(wish);
          answered = true;
        }
        heard();
      }
      if (untold.size > 0) throw unavailable('the order service');
    };
    try {
      await attempt().catch(async (error: unknown) => {
        // gRPC repeats a call that has answered nobody.
        if (!answered || !isUnavailable(error)) throw error;
        await attempt();
      });
    } catch (error) {
      for (const { told } of untold) told.reject(error);
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

function tell({ told }: Wish, result: NonNullable<Outcome['result']>): void {
  if (result.$case === 'order') told.resolve(result.value);
  else told.reject(fromRpcStatus(result.value));
}

const isUnavailable = (error: unknown) => error instanceof TradewindError && error.code === 'UNAVAILABLE';

/** Tells whoever leaves, or has left, and takes them off. @returns a signal that aborts when nobody waits any more */
function whenAllHaveLeft(untold: Set<Wish>): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const leaving = [...untold].map((wish) => {
    const { signal, told } = wish;
    const leave = () => {
      told.reject(new TradewindError('CANCELLED', 'the client left'));
      untold.delete(wish);
      if (untold.size === 0) controller.abort();
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
