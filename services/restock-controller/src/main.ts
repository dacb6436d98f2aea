import { runService } from '@tradewind/shared/run';
import { startRestockController } from './app.ts';
import { readRestockConfig } from './config.ts';
import { keepHeapSmall } from './small-heap.ts';

void runService({
  name: 'restock-controller',
  readConfig: readRestockConfig,
  start: (config, log) => {
    keepHeapSmall();
    return startRestockController(config, log);
  },
});
