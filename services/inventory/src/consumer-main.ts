import { runService } from '@tradewind/shared/run';
import { startInventoryConsumer } from './app.ts';
import { readInventoryConfig } from './config.ts';

void runService({
  name: 'inventory-consumer',
  readConfig: readInventoryConfig,
  start: startInventoryConsumer,
});
