import { readGatewayConfig } from '@tradewind/gateway/config';
import { readInventoryConfig } from '@tradewind/inventory/config';
import { readSetupConfig } from '@tradewind/mongodb-setup/config';
import { readNotificationConfig } from '@tradewind/notification/config';
import { readOrderConfig } from '@tradewind/order/config';
import { readRestockConfig } from '@tradewind/restock-controller/parts/config.ts';
import { readUserConfig } from '@tradewind/user/config';

export type Readers = Readonly<Record<string, (environment: NodeJS.ProcessEnv) => unknown>>;

/** What each process makes of its environment; they throw at what it cannot be. */
export const readers: Readers = {
  gateway: readGatewayConfig,
  user: readUserConfig,
  inventory: readInventoryConfig,
  'inventory-consumer': readInventoryConfig,
  order: readOrderConfig,
  notification: readNotificationConfig,
  'restock-controller': readRestockConfig,
  'mongodb-setup': readSetupConfig,
};
