import type { Movement as MovementMessage } from '@tradewind/proto/inventory/v1/inventory';
import type { Movement } from '../schemas/stock.ts';
import { presentTime } from './time.ts';

export const presentMovement = (movement: MovementMessage): Movement => ({
  product_id: movement.productId,
  sequence: movement.sequence,
  kind: movement.kind,
  source: movement.source,
  quantity: movement.quantity,
  balance: movement.balance,
  reason: movement.reason,
  at: presentTime(movement.at),
});
