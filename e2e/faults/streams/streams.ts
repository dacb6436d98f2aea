import type { Trading } from '../../kit/trading.ts';
import { eventually } from '../../kit/eventually.ts';
import type { Load } from '../kit/load.ts';

/** Waits until buyers have placed so many more orders. */
export async function moreOrders(load: Load, orders: number): Promise<void> {
  const before = load.progress();
  await eventually(() => Promise.resolve(load.progress() >= before + orders), { within: 60_000 });
}

export const streamState = async ({ nats }: Pick<Trading, 'nats'>, stream: string) =>
  (await (await nats.admin()).streams.info(stream)).state;
