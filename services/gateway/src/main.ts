import { runService } from '@tradewind/shared/run';
import { startGateway } from './app.ts';
import { readGatewayConfig } from './config.ts';

void runService({ name: 'gateway', readConfig: readGatewayConfig, start: startGateway });
