import { runService } from '@tradewind/shared/run';
import { startInventoryService } from './app.ts';
import { readInventoryConfig } from './config.ts';

void runService({ name: 'inventory', readConfig: readInventoryConfig, start: startInventoryService });
