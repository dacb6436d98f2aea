import { runService } from '@tradewind/shared/run';
import { startNotificationService } from './app.ts';
import { readNotificationConfig } from './config.ts';

void runService({
  name: 'notification',
  readConfig: readNotificationConfig,
  start: startNotificationService,
});
