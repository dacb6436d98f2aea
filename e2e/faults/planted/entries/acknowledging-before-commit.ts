import { readInventoryConfig } from '@tradewind/inventory/config';
import { runService } from '@tradewind/shared/run';
import { acknowledgingBeforeCommit } from '../inventory-mistakes.ts';

void runService({
  name: 'inventory-consumer',
  readConfig: readInventoryConfig,
  start: acknowledgingBeforeCommit,
});
