import { readRestockConfig } from '@tradewind/restock-controller/parts/config.ts';
import { runService } from '@tradewind/shared/run';
import { keyedByProcess } from '../controller-mistakes.ts';

void runService({ name: 'restock-controller', readConfig: readRestockConfig, start: keyedByProcess });
