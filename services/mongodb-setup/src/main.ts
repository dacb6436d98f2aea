import { runService } from '@tradewind/shared/run';
import { startMongoSetup } from './app.ts';
import { readSetupConfig } from './config.ts';

void runService({
  name: 'mongodb-setup',
  readConfig: readSetupConfig,
  start: startMongoSetup,
});
