import { runService } from '@tradewind/shared/run';
import { startRestockController } from './app.ts';
import { readRestockConfig } from './config.ts';

void runService({
  name: 'restock-controller',
  readConfig: readRestockConfig,
  start: startRestockController,
});
