import { runService } from '@tradewind/shared/run';
import { startUserService } from './app.ts';
import { readUserConfig } from './config.ts';

void runService({ name: 'user', readConfig: readUserConfig, start: startUserService });
