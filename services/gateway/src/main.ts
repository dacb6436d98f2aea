import { runService } from '@tradewind/shared/run';
import { startGateway } from './app.ts';
import { readGatewayConfig } from './config.ts';

void runService({ name: 'gateway', start: (log) => startGateway(readGatewayConfig(), log) });
