import { runService } from '@tradewind/shared/run';
import { startOrderService } from './app.ts';
import { readOrderConfig } from './config.ts';

void runService({ name: 'order', readConfig: readOrderConfig, start: startOrderService });
