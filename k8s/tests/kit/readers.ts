import { readGatewayConfig } from '@tradewind/gateway/config';
import { readInventoryConfig } from '@tradewind/inventory/config';
import { readSetupConfig } from '@tradewind/mongodb-setup/config';
import { readNotificationConfig } from '@tradewind/notification/config';
import { readOrderConfig } from '@tradewind/order/config';
import { readUserConfig } from '@tradewind/user/config';
import { readEnvironment } from '../../../services/cli/src/config.ts';

/** What each process makes of its environment; they throw at what it cannot be. */
export const readers: Readonly<Record<string, (environment: NodeJS.ProcessEnv) => unknown>> = {
  gateway: readGatewayConfig,
  user: readUserConfig,
  inventory: readInventoryConfig,
  'inventory-consumer': readInventoryConfig,
  order: readOrderConfig,
  notification: readNotificationConfig,
  'mongodb-setup': readSetupConfig,
  cli: readEnvironment,
};
